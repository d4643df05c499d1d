import RaggedCore

/// What is known of one column of one series so far: a value, so that a series can go on where it was left.
public struct SeriesFigures: Sendable, Equatable, Codable {
  private var count = 0
  /// Running mean and sum of squared deviations (Welford), and the mean and the largest of the absolute values.
  private var mean = 0.0, squares = 0.0, absolute = 0.0, largest = 0.0
  /// Pairs of cells a season apart, and the mean distance of these.
  private var pairs = 0, seasonal = 0.0
  /// The last cells, the newest at the end; NaN for one that was not observed. A season and one more.
  private var recent: [Float] = []

  /// Bytes that it takes. O(1).
  var byteCount: Int { MemoryLayout<Self>.size + recent.count * MemoryLayout<Float>.stride }

  /// Takes in a cell; NaN for one that was not observed.
  mutating func add(_ value: Float, season: Int?) {
    if let season {
      // Dropped in bulk, so that a cell costs O(1).
      if recent.count > 2 * season { recent.removeFirst(recent.count - season) }
      recent.append(value)
      let distance = abs(Double(value) - Double(before(season)))
      if distance.isFinite {
        pairs += 1
        seasonal += (distance - seasonal) / Double(pairs)
      }
    }
    guard value.isFinite else { return }
    count += 1
    let number = Double(value)
    let distance = number - mean
    mean += distance / Double(count)
    squares += distance * (number - mean)
    absolute += (abs(number) - absolute) / Double(count)
    largest = max(largest, abs(number))
  }

  /// The cell some timesteps before the newest; NaN where there is none.
  private func before(_ steps: Int) -> Float { steps < recent.count ? recent[recent.count - 1 - steps] : .nan }

  /// The scale as it stands; 0 where none is known yet.
  ///
  /// One that is lost in the rounding of 32-bit numbers is none.
  func scale(_ scaling: TargetScaling, season: Int?) -> Float {
    guard scaling == .series else { return Float(absolute) }
    let scale = season != nil ? seasonal : count > 0 ? (squares / Double(count)).squareRoot() : 0
    return scale > 1e-6 * largest ? Float(scale) : 0
  }

  /// What the newest cell is a difference from; NaN where there is no cell a season before.
  func center(_ scaling: TargetScaling, season: Int?) -> Float {
    guard let season else { return scaling == .series ? Float(mean) : 0 }
    return before(season)
  }

  /// What a value some steps ahead is a difference from.
  func center(_ scaling: TargetScaling, steps: Int, season: Int?) -> Float {
    guard let season else { return center(scaling, season: nil) }
    let value = before(TargetScale.lag(steps: steps, season: season) - steps)
    return value.isFinite ? value : Float(mean)
  }

  /// Whether enough is known for a value to be learned from: two cells, or a season of pairs that are one apart.
  func isReady(season: Int?) -> Bool { season.map { pairs >= max(2, $0) } ?? (count >= 2) }
}

extension TargetScale {
  /// The season before that lies behind the timestep at hand.
  static func lag(steps: Int, season: Int) -> Int { (steps + season - 1) / season * season }

  /// The columns that are scaled, each once, rising.
  var scaledColumns: [Int] { Set(columns).sorted() }

  /// What is known of a number of series before their first timestep, `[rows, scaled columns]`.
  func start(rows: Int) -> [SeriesFigures] {
    Array(repeating: SeriesFigures(), count: rows * scaledColumns.count)
  }

  /// Scales the targets of a compacted batch, and the inputs that they are later cells of.
  /// - Parameter figures: what is known of each series; it becomes what is known after the batch.
  /// - Returns: the way back for outputs.
  func apply(to batch: inout SequenceBatch, _ figures: inout [SeriesFigures]) -> OutputScale? {
    switch scaling {
    case .none: return nil
    case .standard:
      batch.targets.mapValues { values, width in
        for place in values.indices {
          let k = place % width
          values[place] = (values[place] - mean[k]) / deviation[k]
        }
      }
      return .fixed(mean: mean, deviation: deviation)
    case .series, .level:
      let way = scaleSeries(&batch, &figures)
      batch.targets.mapValues { values, _ in
        for place in values.indices {
          let scale = way.scales[place]
          values[place] = scale > 0 ? (values[place] - way.centers[place]) / scale : .nan
        }
      }
      return .each(way)
    }
  }

  private func scaleSeries(_ batch: inout SequenceBatch, _ figures: inout [SeriesFigures]) -> SeriesWay {
    let (scaled, width, outputs) = (scaledColumns, batch.input.featureCount, columns.count)
    let parts = columns.map { column in scaled.firstIndex(of: column) ?? 0 }
    var way = SeriesWay()
    way.centers = Array(repeating: 0, count: batch.timesteps * outputs)
    way.scales = way.centers
    let observed = batch.input.observed
    for b in 0..<batch.count {
      for n in batch.range(b) {
        for (part, column) in scaled.enumerated() {
          let (cell, own) = (n * width + column, b * scaled.count + part)
          let value = batch.input.values[cell]
          let isObserved = observed?[cell] ?? true
          figures[own].add(isObserved ? value : .nan, season: season)
          guard isObserved else { continue }
          let (scale, center) = (
            figures[own].scale(scaling, season: season), figures[own].center(scaling, season: season)
          )
          batch.input.values[cell] = scale > 0 && center.isFinite ? (value - center) / scale : 0
        }
        // The sign says that nothing is learned from it.
        let scales = scaled.indices.map { part in
          let known = figures[b * scaled.count + part]
          let scale = known.scale(scaling, season: season)
          return known.isReady(season: season) ? scale : -scale
        }
        for k in 0..<outputs {
          let own = b * scaled.count + parts[k]
          way.centers[n * outputs + k] = figures[own].center(scaling, steps: steps[k], season: season)
          way.scales[n * outputs + k] = scales[parts[k]]
        }
      }
    }
    return way
  }
}

/// The centers and scales of each output of a batch, `[N, K]`.
struct SeriesWay {
  var centers: [Float] = []
  /// Below 0 where too little is known for the value to be learned from.
  var scales: [Float] = []
}

/// The way from a model's outputs to the data's units.
enum OutputScale {
  /// The same for each row, `[K]`.
  case fixed(mean: [Float], deviation: [Float])
  /// Of each output.
  case each(SeriesWay)

  /// In place, for outputs of the compacted batch that the scale is of.
  func restore(_ outputs: inout [Float]) {
    switch self {
    case .fixed(let mean, let deviation):
      guard !mean.isEmpty else { return }
      for place in outputs.indices {
        outputs[place] = outputs[place] * deviation[place % mean.count] + mean[place % mean.count]
      }
    case .each(let way):
      guard way.scales.count == outputs.count else { return }
      for place in outputs.indices { outputs[place] = outputs[place] * abs(way.scales[place]) + way.centers[place] }
    }
  }

  /// In place, for what stands at timesteps before the first that counts: of a series nothing is known there, and it is 0.
  func restoreBlanks(_ blanks: inout [Float]) {
    guard case .fixed = self else {
      for place in blanks.indices { blanks[place] = 0 }
      return
    }
    restore(&blanks)
  }
}

extension BatchTargets {
  /// Changes values in place; other targets stay.
  fileprivate mutating func mapValues(_ change: (inout [Float], Int) -> Void) {
    switch self {
    case .none, .classPerSequence, .classPerTimestep, .labels, .several: break
    case .valuesPerSequence(var values, let width):
      self = .none
      change(&values, width)
      self = .valuesPerSequence(values, width: width)
    case .valuesPerTimestep(var values, let width):
      self = .none
      change(&values, width)
      self = .valuesPerTimestep(values, width: width)
    }
  }
}
