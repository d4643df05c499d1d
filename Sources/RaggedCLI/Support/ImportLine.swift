import Ragged

/// How far an import has come, by the bytes of all its files.
struct ImportLine: Sendable {
  private let line: ProgressLine
  /// Files by name, with the bytes of those before them; the sizes of all, nil where one is not known.
  private let before: [ExactName: Int]
  private let total: Int?

  /// - Parameter title: what is done with the files.
  init(_ readers: [FileReader], _ title: String = "importing") {
    line = ProgressLine(title)
    var (sum, before) = (0, [ExactName: Int]())
    for reader in readers {
      before[ExactName(reader.source.name)] = before[ExactName(reader.source.name)] ?? sum
      sum += reader.source.byteCount ?? 0
    }
    self.before = before
    total = readers.contains { $0.source.byteCount == nil } ? nil : sum
  }

  /// Shows how much of a file has been read and what came of all of them, until Ctrl-C ends the work.
  var monitor: ProgressMonitor {
    ProgressMonitor(isCancelled: { Interruption.isRequested }) { progress in
      let file = progress.file ?? ""
      line.update(
        (before[ExactName(file)] ?? 0) + progress.done, of: total,
        [progress.sequences.counted("sequence"), progress.timesteps.counted("timestep"), file])
    }
  }

  func clear() { line.clear() }
}
