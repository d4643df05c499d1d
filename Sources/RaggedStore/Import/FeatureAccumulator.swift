/// Count, mean, sum of squared deviations, minimum and maximum of each feature over its observed cells at valid timesteps.
///
/// A block is summed in two passes and then merged by the formulas of Chan, Golub and LeVeque, which keep their
/// precision where a running sum of squares would not.
struct FeatureAccumulator: Sendable, Equatable {
  /// Valid timesteps.
  private(set) var count = 0
  /// Observed cells at valid timesteps.
  private(set) var counts: [Int]  // [F]
  private(set) var mean: [Double]  // [F]
  private(set) var m2: [Double]  // [F]
  private(set) var minimum: [Double]  // [F]
  private(set) var maximum: [Double]  // [F]
  // One block's figures, kept so that no block allocates.
  private var blockCounts: [Int]  // [F]
  private var blockMean: [Double]  // [F]
  private var blockM2: [Double]  // [F]

  init(featureCount: Int) {
    counts = Array(repeating: 0, count: featureCount)
    blockCounts = counts
    mean = Array(repeating: 0, count: featureCount)
    m2 = mean
    blockMean = mean
    blockM2 = mean
    minimum = Array(repeating: .infinity, count: featureCount)
    maximum = Array(repeating: -.infinity, count: featureCount)
  }

  /// Figures kept earlier; `[F]` each.
  init(count: Int, counts: [Int], mean: [Double], m2: [Double], minimum: [Double], maximum: [Double]) {
    self.init(featureCount: mean.count)
    self.count = count
    self.counts = counts
    self.mean = mean
    self.m2 = m2
    self.minimum = minimum
    self.maximum = maximum
  }

  /// Adds the timesteps of one sequence, `values` being `[T, F]`. O(T F).
  /// - Parameters:
  ///   - validity: `[T]`, checked by the caller: a byte per timestep, 0 for invalid; empty means all are valid.
  ///   - observed: a bit per cell; nil means all are observed.
  mutating func add(
    _ values: UnsafeBufferPointer<Float>, validity: UnsafeBufferPointer<UInt8>,
    observed: UnsafeRawBufferPointer? = nil
  ) {
    let featureCount = mean.count
    guard featureCount > 0, let base = values.baseAddress else { return }
    let steps = values.count / featureCount
    if observed == nil, validity.isEmpty, steps > 0 {
      for f in stride(from: 0, to: featureCount, by: 4) {
        // The last four may be some of those before: their figures are computed twice, and are the same.
        addFour(UnsafeRawPointer(base), at: max(0, min(f, featureCount - 4)), steps: steps)
      }
      for f in 0..<featureCount { blockCounts[f] = steps }
      count += steps
      return mergeMoments(counts: blockCounts, mean: blockMean, m2: blockM2)
    }
    let added =
      if let observed {
        sum(values, steps: steps, validity: validity, observed: observed)
      } else {
        sum(values, steps: steps, validity: validity)
      }
    guard added > 0 else { return }
    blockMean.withUnsafeMutableBufferPointer { blockMean in
      blockM2.withUnsafeMutableBufferPointer { blockM2 in
        for f in 0..<featureCount {
          blockMean[f] /= Double(max(1, blockCounts[f]))
          blockM2[f] = 0
        }
        for t in 0..<steps where validity.isEmpty || validity[t] != 0 {
          if let observed {
            for f in 0..<featureCount where observed.bit(t &* featureCount &+ f) {
              let deviation = Double(values[t &* featureCount &+ f]) - blockMean[f]
              blockM2[f] += deviation * deviation
            }
            continue
          }
          for f in 0..<featureCount {
            let deviation = Double(values[t &* featureCount &+ f]) - blockMean[f]
            blockM2[f] += deviation * deviation
          }
        }
      }
    }
    count += added
    mergeMoments(counts: blockCounts, mean: blockMean, m2: blockM2)
  }

  /// Figures of four features, or of all where there are fewer, over all timesteps of a block, which stay in registers.
  /// Each is summed in the order of the timesteps, as it is below.
  private mutating func addFour(_ values: UnsafeRawPointer, at f: Int, steps: Int) {
    let row = 4 &* mean.count
    let lanes = min(4, mean.count)
    // Where there are fewer features, the lanes behind them hold what the next timestep begins with, and are not used; the
    // last timesteps have too few numbers behind them to be read at once.
    let whole = lanes == 4 ? steps : max(0, steps &- 4 / lanes)
    @inline(__always)
    func load(_ t: Int) -> SIMD4<Double> {
      let place = values + (t &* row &+ 4 &* f)
      if t < whole { return SIMD4<Double>(place.loadUnaligned(as: SIMD4<Float>.self)) }
      var value = SIMD4<Double>.zero
      for lane in 0..<lanes { value[lane] = Double((place + 4 &* lane).loadUnaligned(as: Float.self)) }
      return value
    }
    var sum = SIMD4<Double>.zero
    var (low, high) = (SIMD4(repeating: Double.infinity), SIMD4(repeating: -Double.infinity))
    for lane in 0..<lanes { (low[lane], high[lane]) = (minimum[f + lane], maximum[f + lane]) }
    for t in 0..<steps {
      let value = load(t)
      sum += value
      low.replace(with: value, where: value .< low)
      high.replace(with: value, where: value .> high)
    }
    let center = sum / Double(steps)
    var squares = SIMD4<Double>.zero
    for t in 0..<steps {
      let deviation = load(t) - center
      squares += deviation * deviation
    }
    for lane in 0..<lanes {
      (blockMean[f + lane], blockM2[f + lane]) = (center[lane], squares[lane])
      (minimum[f + lane], maximum[f + lane]) = (low[lane], high[lane])
    }
  }

  /// Sums the valid timesteps to `blockMean`, and takes them into the minimum and the maximum.
  /// - Returns: their number.
  private mutating func sum(
    _ values: UnsafeBufferPointer<Float>, steps: Int, validity: UnsafeBufferPointer<UInt8>
  ) -> Int {
    let featureCount = mean.count
    var added = 0
    blockMean.withUnsafeMutableBufferPointer { sums in
      minimum.withUnsafeMutableBufferPointer { minimum in
        maximum.withUnsafeMutableBufferPointer { maximum in
          for f in 0..<featureCount { sums[f] = 0 }
          for t in 0..<steps where validity.isEmpty || validity[t] != 0 {
            added += 1
            for f in 0..<featureCount {
              let value = Double(values[t &* featureCount &+ f])
              sums[f] += value
              if value < minimum[f] { minimum[f] = value }
              if value > maximum[f] { maximum[f] = value }
            }
          }
        }
      }
    }
    for f in 0..<featureCount { blockCounts[f] = added }
    return added
  }

  /// The same for values some of which were not observed.
  private mutating func sum(
    _ values: UnsafeBufferPointer<Float>, steps: Int, validity: UnsafeBufferPointer<UInt8>,
    observed: UnsafeRawBufferPointer
  ) -> Int {
    let featureCount = mean.count
    var added = 0
    for f in 0..<featureCount { (blockMean[f], blockCounts[f]) = (0, 0) }
    for t in 0..<steps where validity.isEmpty || validity[t] != 0 {
      added += 1
      for f in 0..<featureCount where observed.bit(t &* featureCount &+ f) {
        let value = Double(values[t &* featureCount &+ f])
        blockCounts[f] += 1
        blockMean[f] += value
        minimum[f] = min(minimum[f], value)
        maximum[f] = max(maximum[f], value)
      }
    }
    return added
  }

  /// Adds what another accumulator has seen. O(F).
  mutating func merge(_ other: FeatureAccumulator) {
    guard other.count > 0 else { return }
    for f in mean.indices {
      minimum[f] = min(minimum[f], other.minimum[f])
      maximum[f] = max(maximum[f], other.maximum[f])
    }
    count += other.count
    mergeMoments(counts: other.counts, mean: other.mean, m2: other.m2)
  }

  private mutating func mergeMoments(counts added: [Int], mean otherMean: [Double], m2 otherM2: [Double]) {
    for f in mean.indices where added[f] > 0 {
      let share = Double(added[f]) / Double(counts[f] + added[f])
      let weight = Double(counts[f]) * share
      let difference = otherMean[f] - mean[f]
      mean[f] += difference * share
      m2[f] += otherM2[f] + difference * difference * weight
      counts[f] += added[f]
    }
  }
}
