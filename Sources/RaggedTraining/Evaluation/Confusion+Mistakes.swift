extension Confusion {
  /// Sequences or timesteps of one class that were taken for another.
  public struct Mistake: Sendable, Equatable {
    /// The true class, and the one it was taken for.
    public var truth, prediction: Int
    /// How often.
    public var count: Int
  }

  /// Every mistake that was made, the most frequent first, and of equals in the order of classes. O(K²).
  public var mistakes: [Mistake] {
    var all: [Mistake] = []
    for truth in 0..<classCount {
      for prediction in 0..<classCount where prediction != truth {
        let count = self[truth: truth, prediction: prediction]
        if count > 0 { all.append(Mistake(truth: truth, prediction: prediction, count: count)) }
      }
    }
    return all.sorted { ($1.count, $0.truth, $0.prediction) < ($0.count, $1.truth, $1.prediction) }
  }

  /// The classes that take part in the most mistakes, on either side, in their own order. O(K²).
  /// - Parameter limit: how many at most.
  public func worstClasses(_ limit: Int) -> [Int] {
    var errors = Array(repeating: 0, count: classCount)
    for truth in 0..<classCount {
      for prediction in 0..<classCount where prediction != truth {
        errors[truth] += self[truth: truth, prediction: prediction]
        errors[prediction] += self[truth: truth, prediction: prediction]
      }
    }
    let ranked = (0..<classCount).sorted { (errors[$1], $0) < (errors[$0], $1) }
    return ranked.prefix(max(0, limit)).sorted()
  }

  /// The matrix of these classes, with all others together behind them where there are any.
  public func reduced(to classes: [Int]) -> Confusion {
    var places = Array(repeating: classes.count, count: classCount)
    for (place, k) in classes.enumerated() { places[k] = place }
    var result = Confusion(classCount: classes.count + (classes.count < classCount ? 1 : 0))
    for truth in 0..<classCount {
      for prediction in 0..<classCount {
        result.add(
          truth: places[truth], prediction: places[prediction], count: self[truth: truth, prediction: prediction])
      }
    }
    return result
  }
}
