import RaggedCore

/// What has to be known of all sequences before the first of them is written: which columns there are, and how wide.
struct ExportFacts {
  /// Whether any timestep is invalid.
  var hasValidity = false
  /// Sequences with a weight of their own.
  var weighted = 0
  var hasGroups = false
  var hasMetadata = false
  /// The first sequence whose group is the empty text.
  var emptyGroup: String?
  /// The one split of all sequences, nil where they have several.
  var onlySplit: String?
  /// Unicode scalars of the longest key, split, group and piece of metadata.
  var keyWidth = 0
  var splitWidth = 0
  var groupWidth = 0
  var metadataWidth = 0

  /// Reads the rows of all sequences, and no blob. O(sequences).
  init(_ source: some ExportedSequences, monitor: ProgressMonitor) throws {
    hasValidity = try source.hasInvalidTimesteps()
    var count = 0
    try source.forEachTexts { texts in
      try SequenceExport.check(monitor)
      if count == 0 { onlySplit = texts.split } else if onlySplit != texts.split { onlySplit = nil }
      count += 1
      keyWidth = max(keyWidth, texts.key.unicodeScalars.count)
      splitWidth = max(splitWidth, texts.split.unicodeScalars.count)
      if texts.weight != nil { weighted += 1 }
      if let group = texts.group {
        hasGroups = true
        if group.isEmpty, emptyGroup == nil { emptyGroup = texts.key }
        groupWidth = max(groupWidth, group.unicodeScalars.count)
      }
      if let metadata = texts.metadata {
        hasMetadata = true
        metadataWidth = max(metadataWidth, metadata.unicodeScalars.count)
      }
    }
  }

  /// Refuses a group that the format could not tell from none.
  func checkGroups(_ format: FileFormat) throws {
    guard let key = emptyGroup else { return }
    throw ExportError(
      .mismatch,
      "the group of sequence \(key.quotedForMessage) is the empty text, which \(format) cannot tell from no group; "
        + "use jsonl or tfrecord")
  }
}

/// Whether numbers first occur in rising order, so that an import gives them again as it meets their names.
struct FirstOccurrences {
  private var next: Int32
  private let end: Int32
  private var isRising = true

  /// Numbers from `first` on, `count` of them.
  init(from first: Int32 = 0, count: Int) {
    next = first
    end = first + Int32(clamping: count)
  }

  /// Takes note of a number; one beyond the last, which stands where nothing is named, counts for nothing.
  mutating func note(_ number: Int32) {
    guard number < end else { return }
    if number == next { next += 1 } else if number > next { isRising = false }
  }

  /// Whether every number occurred, each after those below it.
  var areComplete: Bool { isRising && next == end }
}
