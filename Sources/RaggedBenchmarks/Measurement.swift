import Foundation
import Ragged
import Synchronization

/// What a figure must reach.
enum Bar {
  case atLeast(Double), atMost(Double)

  var text: String {
    switch self {
    case .atLeast(let least): String(format: "≥ %g", least)
    case .atMost(let most): String(format: "≤ %g", most)
    }
  }

  func isReached(by value: Double) -> Bool {
    switch self {
    case .atLeast(let least): value >= least
    case .atMost(let most): value <= most
    }
  }
}

/// One figure with its bar.
struct Figure: Encodable {
  /// Which promise it belongs to.
  var group: String
  /// What was measured.
  var name: String
  /// The figure: a share of the peak, or a ratio, as `unit` says.
  var value: Double
  /// `of peak`, `ratio`, `ms`, `MB`.
  var unit: String
  /// What it must reach; nil where it is only reported.
  var bar: String?
  /// Whether it does.
  var reaches: Bool?
  /// Milliseconds of a step, where a step was measured.
  var milliseconds: Double?
  /// What ten times the sequences multiply it by, where several sizes were measured.
  var growth: Double?

  init(
    _ group: String, _ name: String, _ value: Double, _ unit: String, _ bar: Bar? = nil, milliseconds: Double? = nil,
    growth: Double? = nil
  ) {
    (self.group, self.name, self.value, self.unit) = (group, name, value, unit)
    (self.bar, reaches) = (bar?.text, bar?.isReached(by: value))
    (self.milliseconds, self.growth) = (milliseconds, growth)
  }
}

extension [Double] {
  /// Of an even number the greater of the two in the middle.
  var median: Double { sorted()[count / 2] }
}

/// Times work, alone or against the machine's peak.
struct Stopwatch {
  var threads: Int
  var repeats: Int

  /// The median of the milliseconds that `body` takes, after two runs that are not counted.
  func milliseconds(_ body: () throws -> Void) rethrows -> Double {
    for _ in 0..<2 { try body() }
    return try (0..<repeats).map { _ in try time(body) }.median
  }

  /// The medians of two kinds of work done in turn, so that a drift of the machine's speed meets both.
  func milliseconds(_ first: () throws -> Void, _ second: () throws -> Void) rethrows -> (Double, Double) {
    for _ in 0..<2 {
      try first()
      try second()
    }
    let times = try (0..<repeats).map { _ in (try time(first), try time(second)) }
    return (times.map(\.0).median, times.map(\.1).median)
  }

  /// The median of the milliseconds that `body` takes, and the machine's peak meanwhile: floating-point operations a
  /// millisecond that independent FMAs reach on all threads at once.
  ///
  /// The peak is measured before each run, and the two medians are compared, so that a drift of the machine's speed meets
  /// both. A run that is not counted lies between, as runs follow one another in training.
  func againstPeak(kernels: String, _ body: () throws -> Void) rethrows -> (milliseconds: Double, peak: Double) {
    var peaks: [Double] = []
    var times: [Double] = []
    for _ in 0..<repeats {
      peaks.append(peak(kernels: kernels))
      try body()
      times.append(try time(body))
    }
    return (times.median, peaks.median)
  }

  private func time(_ body: () throws -> Void) rethrows -> Double {
    try ContinuousClock().measure(body) / .milliseconds(1)
  }

  /// Each thread's operations by its own clock, added up.
  private func peak(kernels: String) -> Double {
    let sum = Mutex(0.0)
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      let start = ContinuousClock.now
      let operations = peakOperations(kernels: kernels, repeats: 400_000) ?? 0
      let rate = operations / ((ContinuousClock.now - start) / .milliseconds(1))
      sum.withLock { $0 += rate }
    }
    return sum.withLock { $0 }
  }
}
