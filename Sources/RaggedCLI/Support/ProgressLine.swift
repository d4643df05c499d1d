import Foundation
import Ragged
import Synchronization

/// How far a long job has come: a line on a terminal's standard error, nothing elsewhere.
final class ProgressLine: Sendable {
  private let title: String
  private let start = ContinuousClock.now
  private let line = Mutex(LiveLine())

  /// - Parameter title: what is done: `checking store.sqlite`.
  init(_ title: String) { self.title = title }

  deinit { clear() }

  /// Shows what is told, until Ctrl-C ends the work.
  var monitor: ProgressMonitor {
    ProgressMonitor(isCancelled: { Interruption.isRequested }) { self.update($0) }
  }

  func update(_ progress: WorkProgress) {
    let notes =
      switch progress.unit {
      case .sequences: [progress.done.counted("sequence")]
      case .layouts: ["\(progress.done) of \(progress.total ?? progress.done) layouts"]
      case .bytes, .plans, .parts: [String]()
      }
    update(progress.share, notes)
  }

  /// Shows how much is done; `total` is nil where that is not known.
  /// - Parameter notes: what else there is to say, the most important first; a narrow terminal has not all of it.
  func update(_ done: Int, of total: Int?, _ notes: @autoclosure () -> [String] = []) {
    update(Self.share(done, of: total), notes())
  }

  /// Shows which part is done, 0…1; nil where that is not known.
  func update(_ share: Double?, _ notes: @autoclosure () -> [String] = []) {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    // A job that is over at once needs no line.
    guard seconds > 0.2 else { return }
    line.withLock { line in
      line.update(Self.texts(title, share, seconds: seconds, notes()))
    }
  }

  /// From all there is to say to what matters most, which is the time that is left.
  static func texts(_ title: String, _ share: Double?, seconds: Double, _ notes: [String]) -> [String] {
    let (bar, short) = (text(share, seconds: seconds), text(share, seconds: seconds, hasBar: false))
    let whole = "\(title) \(bar)"
    let verb = title.prefix { $0 != " " }
    return (0...notes.count).reversed().map { ([whole] + notes.prefix($0)).joined(separator: ", ") }
      + ["\(title) \(short)", "\(verb) \(short)", short]
  }

  func clear() { line.withLock { $0.clear() } }

  /// The part that is done; nil where that is not known.
  static func share(_ done: Int, of total: Int?) -> Double? {
    total.flatMap { $0 > 0 ? Double(done) / Double($0) : nil }
  }

  /// `[=========>..........] 46.2 %, ETA 3.1 s`, or the time so far.
  static func text(_ share: Double?, seconds: Double, hasBar: Bool = true) -> String {
    guard let share = share.map({ min(1, max(0, $0)) }) else { return Format.duration(seconds) }
    let filled = String(repeating: "=", count: Int(share * 20)) + (share < 1 ? ">" : "")
    let bar = (hasBar ? "[\(filled.padding(toLength: 20, withPad: ".", startingAt: 0))] " : "") + Format.percent(share)
    return share > 0 ? "\(bar), ETA \(Format.duration(seconds / share * (1 - share)))" : bar
  }
}
