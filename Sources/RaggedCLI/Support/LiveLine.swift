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
    FileHandle.standardError.write(Data(("\r\u{1B}[2K" + line).utf8))
  }

  /// The first text that takes at most so many columns; where none does, the last one is cut.
  static func fitting(_ texts: [String], _ width: Int) -> String {
    texts.first { $0.columns <= width } ?? (texts.last ?? "").fitted(to: width)
  }

  /// Takes the line away.
  mutating func clear() {
    guard lastUpdate != nil else { return }
    lastUpdate = nil
    FileHandle.standardError.write(Data(Self.erasure().utf8))
  }

  /// Columns of the terminal that shows standard error.
  static var width: Int {
    var size = winsize()
    let columns = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 ? Int(size.ws_col) : 0
    return Terminal.width(variable: ProcessInfo.processInfo.environment["COLUMNS"], reported: columns)
  }
}

/// How far a long job has come: a line on a terminal's standard error, nothing elsewhere.
final class ProgressLine: Sendable {
  private let title: String
  private let start = ContinuousClock.now
  private let line = Mutex(LiveLine())

  /// - Parameter title: what is done: `checking store.sqlite`.
  init(_ title: String) {
    self.title = title
  }

  deinit { clear() }

  /// Shows how much is done; `total` is nil where that is not known.
  func update(_ done: Int, of total: Int?, _ note: @autoclosure () -> String = "") {
    update(Self.share(done, of: total), note())
  }

  /// Shows which part is done, 0…1; nil where that is not known.
  func update(_ share: Double?, _ note: @autoclosure () -> String = "") {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    // A job that is over at once needs no line.
    guard seconds > 0.2 else { return }
    line.withLock { line in
      line.update(Self.texts(title, share, seconds: seconds, note()))
    }
  }

  /// From all there is to say to what matters most, which is the time that is left.
  static func texts(_ title: String, _ share: Double?, seconds: Double, _ note: String) -> [String] {
    let (bar, short) = (text(share, seconds: seconds), text(share, seconds: seconds, hasBar: false))
    let full = note.isEmpty ? [] : ["\(title) \(bar), \(note)"]
    // Notes go from the most important to the least.
    let parts = note.components(separatedBy: ", ")
    let shorter = (1..<max(1, parts.count)).reversed().map {
      "\(title) \(bar), " + parts[..<$0].joined(separator: ", ")
    }
    let verb = title.prefix { $0 != " " }
    return full + shorter + ["\(title) \(bar)", "\(title) \(short)", "\(verb) \(short)", short]
  }

  /// Takes the line away.
  func clear() { line.withLock { $0.clear() } }

  /// The part that is done; nil where that is not known.
  static func share(_ done: Int, of total: Int?) -> Double? {
    total.flatMap { $0 > 0 ? Double(done) / Double($0) : nil }
  }

  /// `[=========>..........] 46.2 %, ETA 3.1 s`, or the time so far.
  static func text(_ share: Double?, seconds: Double, hasBar: Bool = true) -> String {
    guard let share = share.map({ min(1, max(0, $0)) }) else { return Format.duration(seconds) }
    let filled = String(repeating: "=", count: Int(share * 20)) + (share < 1 ? ">" : "")
    let bar =
      (hasBar ? "[\(filled.padding(toLength: 20, withPad: ".", startingAt: 0))] " : "") + Format.percent(share)
    return share > 0 ? "\(bar), ETA \(Format.duration(seconds / share * (1 - share)))" : bar
  }
}
