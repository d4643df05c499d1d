import RaggedCore
import RaggedReport
import RaggedTraining

/// Predicted against true values: exact figures of all, and some of the pairs.
struct ValueFit {
  /// Values of a target that a report shows, evenly chosen, the first and the last among them.
  static let valueLimit = 6
  /// Pairs that are kept of each value.
  static let pairLimit = 800

  /// A pair, and the sequence it is of.
  struct Pair: Equatable {
    var truth, prediction: Double
    var position: Int
  }

  struct Figures {
    var count = 0
    /// Sums of errors, prediction less truth.
    var error = 0.0, absolute = 0.0, squared = 0.0
    /// Mean and sum of squared deviations of the truth.
    var truthMean = 0.0, truthM2 = 0.0
    /// Each pair is as likely to be among them as any other; all of them where there are few.
    var pairs: [Pair] = []

    /// Errors that are no numbers, which the sums leave out.
    var undefined = 0

    var meanError: Double? { count == 0 ? nil : error / Double(count) }
    var meanAbsoluteError: Double? { count == 0 ? nil : absolute / Double(count) }
    var rootMeanSquaredError: Double? { count == 0 ? nil : (squared / Double(count)).squareRoot() }
    /// 1 − Σ(p − y)² / Σ(y − ȳ)²; nil where the truth does not vary.
    var determination: Double? { truthM2 > 0 ? 1 - squared / truthM2 : nil }

    fileprivate mutating func add(_ pair: Pair, _ random: inout SeededRandom) {
      let error = pair.prediction - pair.truth
      guard error.isFinite else {
        undefined += 1
        return
      }
      count += 1
      self.error += error
      absolute += abs(error)
      squared += error * error
      let before = pair.truth - truthMean
      truthMean += before / Double(count)
      truthM2 += before * (pair.truth - truthMean)
      if pairs.count < ValueFit.pairLimit {
        pairs.append(pair)
      } else {
        let place = random.below(count)
        if place < ValueFit.pairLimit { pairs[place] = pair }
      }
    }
  }

  private(set) var values: [Figures]
  /// Which values of the target these are, rising.
  let places: [Int]
  private var random = SeededRandom(seed: 0, stream: StableHash.of("report"))

  /// Empty sums for this number of values.
  /// - Parameter limit: how many of them are looked at.
  init(width: Int, limit: Int = ValueFit.valueLimit) {
    places = Thinning.even(width, limit: limit)
    values = Array(repeating: Figures(), count: places.count)
  }

  /// Takes in a batch with values to predict.
  mutating func add(_ judged: JudgedBatch) {
    let batch = judged.batch
    switch batch.targets {
    case .valuesPerSequence(let truths, let width):
      for b in 0..<batch.count { add(judged, truths, width, item: b, position: batch.ids[b]) }
    case .valuesPerTimestep(let truths, let width):
      for b in 0..<batch.count {
        for item in batch.range(b) where judged.validity?[item] ?? true {
          add(judged, truths, width, item: item, position: batch.ids[b])
        }
      }
    case .none, .classPerSequence, .classPerTimestep, .labels, .several: break
    }
  }

  private mutating func add(_ judged: JudgedBatch, _ truths: [Float], _ width: Int, item: Int, position: Int) {
    for (index, value) in places.enumerated()
    where value < min(width, judged.width) && !truths[item * width + value].isNaN {
      let pair = Pair(
        truth: Double(truths[item * width + value]), prediction: Double(judged.outputs[item * judged.width + value]),
        position: position)
      values[index].add(pair, &random)
    }
  }
}
