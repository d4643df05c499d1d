import RaggedCore

/// What windows leave out.
public struct WindowCoverage: Sendable, Equatable {
  /// Sequences.
  public var sequences = 0
  /// Sequences without a window, those without timesteps among them.
  public var sequencesLeftOut = 0
  /// Timesteps.
  public var timesteps = 0
  /// Timesteps that are in no window.
  public var timestepsLeftOut = 0

  /// Of nothing.
  public init() {}
}

extension WindowedSource {
  /// Which sequences and timesteps are in no window. O(sequences).
  public var coverage: WindowCoverage {
    var coverage = WindowCoverage()
    for length in base.lengths {
      let windows = windowing.count(in: Int(length))
      coverage.sequences += 1
      coverage.timesteps += Int(length)
      if windows == 0 { coverage.sequencesLeftOut += 1 }
      let covered: Int
      if windows == 0 {
        covered = 0
      } else if windowing.stride <= windowing.length {
        covered = windowing.range(windows - 1, in: Int(length)).upperBound
      } else {
        covered = (0..<windows).reduce(0) { $0 + windowing.range($1, in: Int(length)).count }
      }
      coverage.timestepsLeftOut += Int(length) - covered
    }
    return coverage
  }
}
