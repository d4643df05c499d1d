import Foundation
import Synchronization

/// A line on a terminal's standard error that changes while work goes on; nothing elsewhere.
struct LiveLine {
  private var lastUpdate: ContinuousClock.Instant?
  private let isShown: Bool
  /// Whether a line stands on the terminal.
  private static let isDrawn = Atomic(false)

  init() { isShown = Console.isInteractive && !Console.isQuiet }

  /// What takes a line away that stands on the terminal; nothing where there is none.
  static func erasure() -> String { isDrawn.exchange(false, ordering: .relaxed) ? "\r\u{1B}[2K" : "" }

  /// Shows the first of some texts that fits, in place of the one before, at most ten times a second.
  mutating func update(_ texts: @autoclosure () -> [String]) {
    guard isShown else { return }
    let now = ContinuousClock.now
    if let lastUpdate, now - lastUpdate < .milliseconds(100) { return }
    lastUpdate = now
    // A line that wraps could not be taken away again.
    let line = Self.fitting(texts(), LiveLine.width - 1)
    Self.isDrawn.store(true, ordering: .relaxed)
    Console.show("\r\u{1B}[2K" + line)
  }

  /// The first text that takes at most this number of columns; where none does, the last one is cut.
  static func fitting(_ texts: [String], _ width: Int) -> String {
    texts.first { $0.columns <= width } ?? (texts.last ?? "").fitted(to: width)
  }

  mutating func clear() {
    guard lastUpdate != nil else { return }
    lastUpdate = nil
    Console.show(Self.erasure())
  }

  /// Columns of the terminal that shows standard error.
  static var width: Int { Terminal.width(of: STDERR_FILENO) }
}
