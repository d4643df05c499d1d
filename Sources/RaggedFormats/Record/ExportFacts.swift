import RaggedCore

/// What has to be known of all sequences before the first of them is written: which columns there are, and how wide.
struct ExportFacts {
  /// The layout that is asked for; nil where the format leaves no choice.
  var layout: SequenceExport.Layout?
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
  /// Where the labels of each sequence begin in each further column that is lists; filled where a format asks for it.
  var labelOffsets: [Int: [Int]] = [:]

  /// Reads the rows of all sequences, and no blob. O(sequences).
  init(_ source: some ExportedSequences, monitor: ProgressMonitor) throws {
    hasValidity = try source.hasInvalidTimesteps()
    var count = 0
    try source.forEachHead { head in
      try SequenceExport.check(monitor)
      let split = head.split ?? ""
      if count == 0 { onlySplit = split } else if onlySplit != split { onlySplit = nil }
      count += 1
      keyWidth = max(keyWidth, head.key.unicodeScalars.count)
      splitWidth = max(splitWidth, split.unicodeScalars.count)
      if head.weight != nil { weighted += 1 }
      if let group = head.group {
        hasGroups = true
        if group.isEmpty, emptyGroup == nil { emptyGroup = head.key }
        groupWidth = max(groupWidth, group.unicodeScalars.count)
      }
      if let metadata = head.metadata {
        hasMetadata = true
        metadataWidth = max(metadataWidth, metadata.unicodeScalars.count)
      }
    }
  }

  /// Refuses a group that the format could not distinguish from none.
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

/// In which order classes and tokens first occur in what is written.
struct ExportOccurrences {
  private var classes: FirstOccurrences
  private var tokens: FirstOccurrences
  /// The names of the classes; nil where the target is none.
  private let names: [String]?
  private let areDeclared: Bool

  init(_ signature: SequenceSignature, areDeclared: Bool) {
    names = signature.target.isClass ? signature.target.names : nil
    self.areDeclared = areDeclared
    classes = FirstOccurrences(count: names?.count ?? 0)
    // Without a vocabulary there is no record of texts, and nothing that could come in another order.
    tokens = FirstOccurrences(from: 1, count: RecordNames(signature).tokens.map { $0.count - 1 } ?? 0)
  }

  /// Takes note of a record as an import would, of the classes of invalid timesteps too.
  mutating func note(_ record: SequenceRecord) {
    switch record.target {
    case .classPerSequence(let labels), .classPerTimestep(let labels):
      for code in labels.codes { classes.note(code) }
    case .none, .values, .stepValues: break
    }
    if case .texts(let texts) = record.input { for code in texts.codes { tokens.note(code) } }
  }

  /// The classes that an import must declare, nil where it finds them in the same order by itself.
  var classesToDeclare: [String]? { areDeclared || !classes.areComplete ? names : nil }

  /// What will differ after an import.
  var losses: [String] {
    guard !tokens.areComplete else { return [] }
    return ["the numbers of tokens, which an import gives in the order in which their texts first come"]
  }
}

extension SequenceSignature {
  /// Whether tokens have texts.
  var hasVocabulary: Bool { input.tokens?.vocabulary != nil }
}

extension TargetKind {
  /// The kind of a dataset's target, nil where it has none.
  init?(_ target: TargetSignature) {
    switch target {
    case .none, .labels, .several: return nil
    case .classPerSequence: self = .classPerSequence
    case .classPerTimestep: self = .classPerTimestep
    case .valuesPerSequence: self = .valuesPerSequence
    case .valuesPerTimestep: self = .valuesPerTimestep
    }
  }
}
