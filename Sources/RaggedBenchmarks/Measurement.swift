import Foundation
import Ragged
import Synchronization

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
}

/// Times work, alone or against the machine's peak.
struct Stopwatch {
  var threads: Int
  var repeats: Int

  /// The median of the milliseconds that `body` takes, after two runs that are not counted.
  func milliseconds(_ body: () throws -> Void) rethrows -> Double {
    for _ in 0..<2 { try body() }
    var times: [Double] = []
    for _ in 0..<repeats {
      let start = ContinuousClock.now
      try body()
      times.append((ContinuousClock.now - start) / .milliseconds(1))
    }
    return times.sorted()[times.count / 2]
  }

  /// The medians of two kinds of work done in turn, so that a drift of the machine's speed meets both.
  func milliseconds(_ first: () throws -> Void, _ second: () throws -> Void) rethrows -> (Double, Double) {
    for _ in 0..<2 {
      try first()
      try second()
    }
    var times: [(Double, Double)] = []
    for _ in 0..<repeats {
      let start = ContinuousClock.now
      try first()
      let middle = ContinuousClock.now
      try second()
      times.append(((middle - start) / .milliseconds(1), (ContinuousClock.now - middle) / .milliseconds(1)))
    }
    let middle = times.count / 2
    return (times.map(\.0).sorted()[middle], times.map(\.1).sorted()[middle])
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
      let start = ContinuousClock.now
      try body()
      times.append((ContinuousClock.now - start) / .milliseconds(1))
    }
    return (times.sorted()[repeats / 2], peaks.sorted()[repeats / 2])
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
