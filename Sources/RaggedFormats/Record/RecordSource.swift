public import RaggedCore

/// The sequences of files in memory, without a store between: files of any format that can be read, to train on or to
/// predict.
///
/// ```swift
/// let data = try RecordSource("readings.csv", options: TableOptions(id: "run", target: ["activity"]))
/// let batches = try PlannedBatches(data, policy: BatchPolicy(batchSize: 32, seed: 1))
/// ```
///
/// Memory is that of the numbers as they are computed with: four bytes a feature or token and a target, one a timestep
/// where any is invalid, and the keys; twice that for a moment while they grow. Sequences, classes and tokens stand and
/// are numbered in the order in which an import meets them. Splits, groups and metadata are not kept.
public struct RecordSource: KeyedSource {
  /// What was taken for what, in words: an entry a file, or fewer where files agree. To be shown to the user.
  public let roles: [String]
  /// What is worth knowing of the files beside, each with the file's name. To be shown to the user.
  public let notes: [InputNote]
  private let memory: InMemorySource

  /// Reads a file to its end, or standard input where the path is `-`.
  /// - Parameters:
  ///   - path: the file; `-` for standard input.
  ///   - format: by default what the file's name says.
  ///   - options: columns, targets and the like; what they mean depends on the format.
  /// - Throws: ``InputError`` where the file cannot be read, at its first bad sequence, and where a key comes twice.
  public init(_ path: String, format: FileFormat? = nil, options: (any FormatOptions)? = nil) throws {
    try self.init([FileReader(path, format: format, options: options)])
  }

  /// Reads several files as one, in their order. They must agree in features and target; names decide, not positions.
  /// - Parameters:
  ///   - readers: the files, none of which has been read.
  ///   - note: called with each of ``notes`` as it comes, so that it is shown also where an error follows.
  ///   - monitor: told of every few hundred sequences and of each MiB of a file; asked before each sequence, and while a
  ///     pipe is waited for.
  /// - Throws: as for one file; ``InputError`` also where two files do not agree; `Cancelled`.
  public init(
    _ readers: [FileReader], note: (InputNote) -> Void = { _ in }, monitor: ProgressMonitor = .none
  ) throws {
    var records = CollectedRecords()
    var (roles, notes): ([String], [InputNote]) = ([], [])
    func takeNotes(_ reader: inout FileReader) throws {
      for found in try reader.takeNotes() {
        notes.append(InputNote("\(reader.source.name): \(found.text)", remedy: found.remedy))
        note(notes[notes.count - 1])
      }
    }
    for var reader in readers {
      reader.endWaits(for: monitor)
      do { _ = try reader.description() } catch  where monitor.isCancelled {
        throw Cancelled(Self.stopped(reader.source.name))
      }
      let role = try reader.roles()
      if role != roles.last { roles.append(role) }
      try takeNotes(&reader)
      try records.add(&reader, monitor: monitor)
      try takeNotes(&reader)
    }
    (self.roles, self.notes) = (roles, notes)
    memory = try records.source()
  }

  /// What is said of a reading that was ended.
  static func stopped(_ file: String) -> String { "\(file): the reading was stopped" }

  /// What the sequences look like, with the classes and tokens of all files.
  public var signature: SequenceSignature { memory.signature }
  /// The length of each sequence.
  public var lengths: [Int32] { memory.lengths }
  /// A hash of every value, length, target, weight and validity.
  public var fingerprint: UInt64 { memory.fingerprint }

  /// Parts of the sequences. O(timesteps gathered).
  /// - Throws: `RaggedCoreError` for timesteps that are not there.
  public func gather(slices: [SequenceSlice]) throws -> SequenceBatch {
    var batch = try memory.gather(slices: slices)
    if batch.validity?.contains(false) == false { batch.validity = nil }
    return batch
  }

  /// The keys of these sequences.
  /// - Throws: `RaggedCoreError` for a position outside the source.
  public func externalKeys(_ positions: [Int]) throws -> [String] { try memory.keys(positions) }
}

extension SequenceRecord {
  /// Why a key that was there before in the same file is refused.
  /// - Parameters:
  ///   - line: where the key was first; 0 where there are no lines.
  ///   - rowPerTimestep: whether a sequence is many rows of the file, so that they do not stand together.
  package static func duplicateProblem(_ key: String, firstLine line: Int, rowPerTimestep: Bool) -> String {
    let seen = line > 0 ? " (first seen on line \(line))" : ""
    return rowPerTimestep
      ? "id \"\(key)\" comes back after its rows ended\(seen); sort the rows by id, then by time"
      : "key \"\(key)\" comes twice\(seen)"
  }
}
