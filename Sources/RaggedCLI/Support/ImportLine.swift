import Ragged

/// How far an import has come, by the bytes of all its files.
struct ImportLine {
  private let line: ProgressLine
  /// Files by name, with the bytes of those before them; the sizes of all, nil where one is not known.
  private let before: [ExactName: Int]
  private let total: Int?

  init(_ readers: [FileReader]) {
    line = ProgressLine("importing")
    var (sum, before) = (0, [ExactName: Int]())
    for reader in readers {
      before[ExactName(reader.source.name)] = before[ExactName(reader.source.name)] ?? sum
      sum += reader.source.byteCount ?? 0
    }
    self.before = before
    total = readers.contains { $0.source.byteCount == nil } ? nil : sum
  }

  func update(_ progress: ImportProgress) {
    update(progress.source, progress.bytesRead, progress.sequences, progress.timesteps)
  }

  /// Shows how much of a file has been read, and what came of all of them.
  func update(_ source: String, _ bytesRead: Int, _ sequences: Int, _ timesteps: Int) {
    line.update(
      (before[ExactName(source)] ?? 0) + bytesRead, of: total,
      [sequences.counted("sequence"), timesteps.counted("timestep"), source])
  }

  func clear() { line.clear() }
}
