extension Confusion {
  /// Sequences or timesteps of one class that were taken for another.
  public typealias Mistake = Entry

  /// Every mistake that was made, the most frequent first, and of equals in the order of classes. O(entries · log entries).
  public var mistakes: [Mistake] {
    entries.filter { $0.truth != $0.prediction }
      .sorted { ($1.count, $0.truth, $0.prediction) < ($0.count, $1.truth, $1.prediction) }
  }

  /// The classes that take part in the most mistakes, on either side, in their own order. O(K · log K + entries).
  /// - Parameter limit: how many at most.
  public func worstClasses(_ limit: Int) -> [Int] {
    var errors = Array(repeating: 0, count: classCount)
    for entry in entries where entry.truth != entry.prediction {
      errors[entry.truth] += entry.count
      errors[entry.prediction] += entry.count
    }
    let ranked = (0..<classCount).sorted { (errors[$1], $0) < (errors[$0], $1) }
    return ranked.prefix(max(0, limit)).sorted()
  }

  /// The matrix of these classes, with all others together behind them where there are any.
  public func reduced(to classes: [Int]) -> Confusion {
    var places = Array(repeating: classes.count, count: classCount)
    for (place, k) in classes.enumerated() { places[k] = place }
    var result = Confusion(classCount: classes.count + (classes.count < classCount ? 1 : 0))
    for entry in entries {
      result.add(truth: places[entry.truth], prediction: places[entry.prediction], count: entry.count)
    }
    return result
  }
}
