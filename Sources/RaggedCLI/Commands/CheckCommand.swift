import ArgumentParser
import Ragged
import Synchronization

struct CheckCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Read a whole store and say everything that is wrong with it; repair what can be repaired.",
    discussion: """
      Compares pages, tables, references, every sequence with its checksums, and kept figures with the data. \
      Each problem is a line on standard output; the exit code is 65 where there are any.

      --repair makes indexes and kept figures anew and moves each damaged sequence to the table "quarantine". \
      It deletes nothing, and is done as a whole or not at all. The exit code is 65 where something is still wrong.

        ragged check store.sqlite
        ragged check store.sqlite --repair
      """)

  @Argument(help: "The store: an SQLite file.", completion: .file())
  var store: String

  @Flag(name: .long, help: "Repair what can be repaired.")
  var repair = false

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  @OptionGroup var wait: WaitArguments
  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func run() throws {
    let line = CheckLine(store)
    let report = try SequenceStore.check(
      path: store, repair: repair, busyTimeout: wait.busyTimeout,
      monitor: ProgressMonitor(
        isCancelled: {
          line.waits()
          return Interruption.isRequested
        }, report: { line.update($0) }))
    line.clear()
    if json {
      try Console.print(json: report)
    } else {
      for problem in report.problems { Console.print(problem.line.printable) }
      for repair in report.repairs { Console.print("repaired: \(repair)") }
      if repair, !report.problems.isEmpty {
        for problem in report.remaining { Console.print("still wrong: \(problem.line.printable)") }
      }
      Console.print(report.line(path: store))
    }
    if !report.isSound { throw ExitCode(FailureClass.badData.rawValue) }
  }
}

/// The line of a check: SQLite's own look at the pages, which does not say how far it has come, and then sequences.
private final class CheckLine: Sendable {
  private let store: String
  private let pages: ProgressLine
  private let sequences = Mutex<ProgressLine?>(nil)

  init(_ store: String) {
    self.store = store
    pages = ProgressLine("checking the pages of \(store)")
  }

  func waits() { if sequences.withLock({ $0 == nil }) { pages.update(nil) } }

  func update(_ progress: WorkProgress) {
    let line = sequences.withLock { line in
      let shown = line ?? ProgressLine("checking \(store)")
      line = shown
      return shown
    }
    line.update(progress)
  }

  func clear() {
    pages.clear()
    sequences.withLock { $0 = nil }
  }
}

extension StoreProblem {
  /// `dataset "vowels", key "a1": its data has the checksum …`.
  fileprivate var line: String {
    var place: [String] = []
    if let dataset { place.append("dataset \"\(dataset)\"") }
    if let key { place.append("key \"\(key)\"") }
    return place.isEmpty ? message : "\(place.joined(separator: ", ")): \(message)"
  }
}

extension StoreCheckReport {
  fileprivate func line(path: String) -> String {
    let size =
      "\(path): \(datasets.counted("dataset")), \(sequences.counted("sequence")), \(timesteps.counted("timestep"))"
    func count(_ number: Int) -> String { number.counted("problem") }
    if problems.isEmpty { return "\(size): \(Style.good.text("sound"))" }
    if repairs.isEmpty { return "\(size): \(Style.bad.text(count(problems.count)))" }
    return "\(size): \(count(problems.count)), \(isSound ? "sound now" : "\(count(remaining.count)) left")"
  }
}
