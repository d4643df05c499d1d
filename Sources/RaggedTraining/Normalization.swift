import CRaggedKernels
public import RaggedCore

/// Number columns shifted to mean 0 and scaled to deviation 1, by figures of those of the training split's cells that
/// were observed, at timesteps that are valid and not masked; those per sequence by the figures of the sequences.
///
/// The means also stand for cells that were not observed; see ``InputOptions/Fill``.
public struct Normalization: Sendable, Equatable {
  /// The mean of each column per timestep; 0 for one that was never observed.
  public var mean: [Float]
  /// The standard deviation of each column per timestep; a column that does not vary has 1.
  public var deviation: [Float]
  /// The mean of each column per sequence.
  public var staticMean: [Float]
  /// The standard deviation of each column per sequence.
  public var staticDeviation: [Float]
  /// Whether numbers are shifted and scaled; where not, the means are known for cells that were not observed alone.
  public var isApplied = true

  /// A normalisation from means and standard deviations; deviations that are 0 or not finite become 1.
  public init(
    mean: [Double], deviation: [Double], staticMean: [Double] = [], staticDeviation: [Double] = []
  ) {
    func usable(_ deviations: [Double]) -> [Float] {
      deviations.map { $0 > 0 && $0.isFinite && Float($0) > 0 ? Float($0) : 1 }
    }
    (self.mean, self.deviation) = (mean.map(Float.init), usable(deviation))
    (self.staticMean, self.staticDeviation) = (staticMean.map(Float.init), usable(staticDeviation))
  }

  /// Checks that there are figures for each column of a model.
  func check(_ input: ModelInput) throws {
    let counts = (mean.count, staticMean.count)
    guard counts == (input.featureCount, input.staticFeatureCount), counts != (0, 0) else {
      let statics = counts.1 == 0 ? "" : " and \(counts.1) per sequence"
      throw TrainingError(
        .dataMismatch, "a normalisation of \(counts.0.counted("feature"))\(statics) for a model of \(input.summary)")
    }
  }
}

/// `{"mean": […], "deviation": […]}`, and what else there is.
extension Normalization: Codable {
  private enum CodingKeys: CodingKey { case mean, deviation, staticMean, staticDeviation, isApplied }

  /// Reads a normalisation.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    mean = try container.decode([Float].self, forKey: .mean)
    deviation = try container.decode([Float].self, forKey: .deviation)
    staticMean = try container.decodeIfPresent([Float].self, forKey: .staticMean) ?? []
    staticDeviation = try container.decodeIfPresent([Float].self, forKey: .staticDeviation) ?? []
    isApplied = try container.decodeIfPresent(Bool.self, forKey: .isApplied) ?? true
  }

  /// Writes the normalisation.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(mean, forKey: .mean)
    try container.encode(deviation, forKey: .deviation)
    if !staticMean.isEmpty {
      try container.encode(staticMean, forKey: .staticMean)
      try container.encode(staticDeviation, forKey: .staticDeviation)
    }
    if !isApplied { try container.encode(isApplied, forKey: .isApplied) }
  }
}

/// A normalisation as the engine applies it; nil leaves numbers as they are.
struct NumberScales: Sendable {
  var timestep: NumberScale?
  var sequence: NumberScale?

  init(_ normalization: Normalization? = nil) {
    guard let normalization else { return }
    let isApplied = normalization.isApplied
    timestep = NumberScale(mean: normalization.mean, deviation: normalization.deviation, isApplied: isApplied)
    sequence = NumberScale(
      mean: normalization.staticMean, deviation: normalization.staticDeviation, isApplied: isApplied)
  }
}

/// How the engine normalises the number columns per timestep or per sequence of each block, on the block's thread.
///
/// `@unchecked Sendable`: its numbers never change.
final class NumberScale: @unchecked Sendable {
  /// `[F]`.
  let mean: UnsafePointer<Float>
  /// `[2, F]`: means, then factors.
  private let numbers: UnsafeMutablePointer<Float>
  private let count: Int
  private let isApplied: Bool
  /// How a thread treats subnormal numbers outside the kernels.
  private let mode: UInt64

  init(mean: [Float], deviation: [Float], isApplied: Bool) {
    mode = rk_flush_subnormals()
    rk_restore(mode)
    self.isApplied = isApplied
    count = mean.count
    numbers = .allocate(capacity: max(1, 2 * count))
    self.mean = UnsafePointer(numbers)
    for j in 0..<count {
      numbers[j] = mean[j]
      numbers[count + j] = 1 / deviation[j]
    }
  }

  deinit { numbers.deallocate() }

  /// `[rows, F]`, in place. Numbers of the size of subnormal ones are numbers as others are.
  func apply(to plane: Plane) {
    guard isApplied, count > 0 else { return }
    let kernelMode = rk_flush_subnormals()
    rk_restore(mode)
    defer { rk_restore(kernelMode) }
    let (mean, factor) = (numbers, numbers + count)
    for m in 0..<plane.rows {
      let row = plane.row(m)
      for j in 0..<count { row[j] = (row[j] - mean[j]) * factor[j] }
    }
  }
}

extension Normalization {
  /// The figures of a source's valid timesteps, read once in parts of bounded size (Welford's running means and squares,
  /// in double precision).
  /// - Parameters:
  ///   - source: the sequences, as they will be trained on.
  ///   - maskValue: what a model's ``Masking`` layer looks for: timesteps whose features all equal it do not count; nil
  ///     for a model without. See ``Sequential/maskValue``.
  /// - Throws: what the source throws.
  public init(fitting source: some SequenceSource, masking maskValue: Float? = nil) throws {
    var (timestep, sequence) = (
      RunningFigures(source.signature.input.featureCount), RunningFigures(source.signature.input.statics.numbers.count)
    )
    try source.forEachPart { part in
      var batch = part
      if let maskValue { batch.validity = batch.validity(masking: maskValue) }
      timestep.add(batch.compacted().input)
      sequence.add(batch.statics)
    }
    self.init(
      mean: timestep.mean, deviation: timestep.deviation, staticMean: sequence.mean,
      staticDeviation: sequence.deviation)
  }

  /// The figures of a source for cells that were not observed alone, where numbers are not normalised; nil where all were.
  /// - Throws: as ``init(fitting:masking:)``.
  public init?(filling source: some SequenceSource, masking maskValue: Float? = nil) throws {
    var hasMissing = false
    try source.forEachPart { part in
      for cells in [part.input, part.statics] where cells.observed?.contains(false) ?? false { hasMissing = true }
    }
    guard hasMissing else { return nil }
    try self.init(fitting: source, masking: maskValue)
    isApplied = false
  }
}

/// Means and squares of the observed cells of number columns.
private struct RunningFigures {
  private(set) var mean: [Double]
  private var squares: [Double]
  private var counts: [Double]

  init(_ columns: Int) {
    mean = Array(repeating: 0, count: columns)
    (squares, counts) = (mean, mean)
  }

  mutating func add(_ cells: BatchCells) {
    let (values, observed) = (cells.values, cells.observed)
    guard !mean.isEmpty else { return }
    for first in stride(from: 0, to: values.count, by: mean.count) {
      for j in mean.indices where observed?[first + j] ?? true {
        counts[j] += 1
        let delta = Double(values[first + j]) - mean[j]
        mean[j] += delta / counts[j]
        squares[j] += delta * (Double(values[first + j]) - mean[j])
      }
    }
  }

  var deviation: [Double] {
    zip(squares, counts).map { $1 > 0 ? ($0 / $1).squareRoot() : 1 }
  }
}

extension SequenceSource {
  /// Calls `body` with all sequences, in parts of bounded size.
  /// - Throws: what the source and `body` throw.
  func forEachPart(_ body: (SequenceBatch) throws -> Void) throws {
    let lengths = self.lengths
    var start = 0
    while start < lengths.count {
      var (end, steps) = (start, 0)
      while end < lengths.count, end == start || steps + Int(lengths[end]) <= 1 << 16 {
        steps += Int(lengths[end])
        end += 1
      }
      try body(gather(Array(start..<end)))
      start = end
    }
  }
}
