import Foundation
import Ragged
import Synchronization

/// Import: megabytes a second into a new store, the memory at its peak, and whether the speed lasts.
struct ImportBenchmarks {
  /// Sequences of a file; of lengths 10 to 99, with five features and a class.
  var sequences: Int
  /// Sequences of few timesteps that the last figure takes.
  var shortSequences: Int
  var repeats: Int

  func run(_ report: (Figure) -> Void) throws { try ScratchFolder.with { try run(in: $0, report) } }

  private func run(in folder: URL, _ report: (Figure) -> Void) throws {
    for kind in SampleFile.Kind.allCases { try rate(kind, folder, report) }
    try memory(folder, report)
    try lasting(folder, report)
  }

  /// A file read, checked, grouped and committed, its bytes in the page cache; and the memory that took.
  private func rate(_ kind: SampleFile.Kind, _ folder: URL, _ report: (Figure) -> Void) throws {
    let file = try SampleFile(kind, sequences: sequences, lengths: 10...99, in: folder)
    defer { file.remove() }
    ProcessMemory.restartPeak()
    let seconds = try (0..<repeats).map { _ in try file.imported(in: folder).seconds }.median
    let value = Double(file.byteCount) / seconds / 1e6
    let bar: Double? =
      switch kind {
      case .csv, .ts: 200
      case .jsonl, .mixed: 150
      case .scattered: 60
      case .text: nil
      }
    let name =
      switch kind {
      case .csv, .jsonl, .ts: kind.rawValue
      case .scattered: "csv, rows in the order of their times"
      case .mixed: "csv, 3 numbers, 2 categories, 1 time"
      case .text: "text, in words"
      }
    report(
      Figure(
        "1 import into SQLite, \(sequences) sequences", name, value, "MB/s", bar.map(Bar.atLeast),
        milliseconds: 1000 * seconds))
    guard kind == .scattered, let bytes = ProcessMemory.peak.bytes else { return }
    report(
      Figure(
        "2 memory of the process at its peak", "\(name), \(sequences) sequences", Double(bytes) / 1e6, "MB",
        .atMost(200)))
  }

  /// The process's memory at its peak, for a file and for one ten times as long.
  private func memory(_ folder: URL, _ report: (Figure) -> Void) throws {
    for factor in [1, 10] {
      let file = try SampleFile(.csv, sequences: factor * sequences, lengths: 10...99, in: folder)
      defer { file.remove() }
      ProcessMemory.restartPeak()
      _ = try file.imported(in: folder)
      guard let bytes = ProcessMemory.peak.bytes else { return }
      let value = Double(bytes) / 1e6
      report(
        Figure("2 memory of the process at its peak", "csv, \(factor * sequences) sequences", value, "MB", .atMost(100))
      )
    }
    // A million sequences of one timestep, and one of a million, which has to fit.
    for (count, length) in [(1_000_000, 1), (1, 1_000_000)] {
      let file = try SampleFile(.csv, sequences: count, lengths: length...length, in: folder)
      defer { file.remove() }
      ProcessMemory.restartPeak()
      _ = try file.imported(in: folder)
      guard let bytes = ProcessMemory.peak.bytes else { return }
      report(
        Figure("2 memory of the process at its peak", "csv, \(count) × \(length) timesteps", Double(bytes) / 1e6, "MB"))
    }
  }

  /// The speed over the last tenth of many short sequences against that over the first.
  private func lasting(_ folder: URL, _ report: (Figure) -> Void) throws {
    let file = try SampleFile(.csv, sequences: shortSequences, lengths: 1...3, in: folder)
    defer { file.remove() }
    let noted = Mutex<[(sequences: Int, time: ContinuousClock.Instant)]>([])
    let imported = try file.imported(
      in: folder,
      monitor: ProgressMonitor(report: { progress in noted.withLock { $0.append((progress.sequences, .now)) } }))
    let marks = noted.withLock { $0 }
    let tenth = shortSequences / 10
    guard let first = marks.first(where: { $0.sequences >= tenth }), let start = marks.first,
      let last = marks.last(where: { $0.sequences <= shortSequences - tenth }), let end = marks.last
    else { return }
    func rate(_ from: (sequences: Int, time: ContinuousClock.Instant), _ to: (Int, ContinuousClock.Instant)) -> Double {
      Double(to.0 - from.sequences) / ((to.1 - from.time) / .seconds(1))
    }
    let ratio = rate(last, end) / rate(start, first)
    let group = "3 import of \(shortSequences) sequences of 1 to 3 timesteps"
    report(
      Figure(
        group, "all of it", Double(shortSequences) / imported.seconds / 1e6, "M/s",
        milliseconds: 1000 * imported.seconds))
    report(Figure(group, "speed of the last tenth against the first", ratio, "ratio", .atLeast(0.8)))
  }
}
