import RaggedCore

/// What the path of a file says of the sequences in it: where the names of files and folders are data.
public struct FileFacts: Sendable, Equatable {
  /// What a sequence's key is made of.
  public enum KeyOrigin: String, Sendable, CaseIterable {
    /// The path below the folder that all files have in common: `walk/rec01`.
    case path
    /// The name of the file alone: `rec01`.
    case name
  }

  /// Which name is the class.
  public enum ClassOrigin: String, Sendable, CaseIterable {
    /// That of the folder in which the file lies.
    case folder
    /// That of the file.
    case fileName = "filename"
  }

  /// Which name is the split.
  public enum SplitOrigin: String, Sendable, CaseIterable {
    /// That of a folder: one called `train`, `test`, `validation`, `val`, `valid` or `dev`, or else the nearest.
    case folder
  }

  /// What the keys are made of: the file's alone where it has one sequence, `walk/rec01:7` for sequence `7` of several. By
  /// default keys are those in the file, and where it has none they are made of the path.
  public var keyFrom: KeyOrigin?
  /// Which name is the class of every sequence of the file; the file's own target is none then.
  public var classFrom: ClassOrigin?
  /// Which name is the split.
  public var splitFrom: SplitOrigin?

  /// Facts; by default none are taken from the path.
  public init(keyFrom: KeyOrigin? = nil, classFrom: ClassOrigin? = nil, splitFrom: SplitOrigin? = nil) {
    (self.keyFrom, self.classFrom, self.splitFrom) = (keyFrom, classFrom, splitFrom)
  }

  /// The facts that settings ask for.
  /// - Throws: ``OptionProblem``.
  init(_ settings: ReaderSettings) throws {
    keyFrom = try settings[.keyFrom].map { try KeyOrigin(option: $0, .keyFrom) }
    classFrom = try settings[.classFrom].map { try ClassOrigin(option: $0, .classFrom) }
    splitFrom = try settings[.splitFrom].map { try SplitOrigin(option: $0, .splitFrom) }
  }
}

extension ReaderSetting {
  /// Those that are asked of any file, whatever its format.
  static let ofFiles: Set<ReaderSetting> = [.keyFrom, .classFrom, .splitFrom]

  /// Whether its values are columns that have no other role then.
  package var givesRole: Bool { Self.roles.contains(self) }

  /// Whether it is asked of any file, whatever its format.
  package var isOfFiles: Bool { Self.ofFiles.contains(self) }
}

extension FileFacts {
  /// What is asked of the format where these facts say the rest.
  /// - Throws: ``OptionProblem`` where both say the same.
  func settings(for format: FileFormat, _ settings: ReaderSettings) throws -> ReaderSettings {
    var rest = settings.filter { !ReaderSetting.ofFiles.contains($0.key) }
    if splitFrom != nil, rest[.split] != nil {
      throw OptionProblem("the split is to come from the file's path and from a column, expected one of them")
    }
    guard let classFrom else { return rest }
    if rest[.target] != nil {
      throw OptionProblem("the class is to come from \(classFrom.words) and from a column, expected one of them")
    }
    if let kind = rest[.targetKind], kind != [TargetKind.classPerSequence.rawValue] {
      throw OptionProblem(
        "the target is to be \(kind.joined(separator: ", ")), but \(classFrom.words) is a class per sequence")
    }
    for setting in [ReaderSetting.targetKind, .targetValueNames, .classes] { rest[setting] = nil }
    if format.takes(.noTarget) { rest[.noTarget] = [] }
    return rest
  }
}

extension FileFacts {
  /// The settings of a format with these facts, which say the class where they do.
  func completed(_ settings: ReaderSettings) -> ReaderSettings {
    var settings = settings
    if classFrom != nil {
      for setting in [ReaderSetting.target, .noTarget, .targetKind, .targetValueNames] { settings[setting] = nil }
    }
    settings[.keyFrom] = keyFrom.map { [$0.rawValue] }
    settings[.classFrom] = classFrom.map { [$0.rawValue] }
    settings[.splitFrom] = splitFrom.map { [$0.rawValue] }
    return settings
  }
}

extension FileFacts.ClassOrigin {
  /// In words, for messages and roles.
  var words: String { self == .folder ? "the folder's name" : "the file's name" }
}

/// What is added to the sequences of one file because of where it lies.
struct FileAdditions {
  private let facts: FileFacts
  private let source: InputSource
  /// The classes that there may be; nil takes them as they come.
  private let declared: [String]?
  private let label: String?
  private let split: String?
  /// What comes next, where it was looked at to see whether a sequence is the only one.
  private var ahead: Result<SequenceRecord?, any Error>?
  private var hasBegun = false

  /// - Throws: ``InputError`` where the path does not say what is asked of it.
  init(_ facts: FileFacts, _ source: InputSource, declared: [String]?) throws {
    (self.facts, self.source, self.declared) = (facts, source, declared)
    let place = source.place ?? FilePlace.places(of: [source.path])[0]
    let hasSplit = facts.splitFrom != nil
    switch facts.classFrom {
    case nil: label = nil
    case .fileName?: label = place.name
    case .folder?:
      guard let folder = place.folderClass(withSplit: hasSplit) else {
        throw source.fault("lies in no folder that says the class", .usage)
      }
      label = folder
    }
    split = hasSplit ? place.split(withClass: facts.classFrom == .folder) : nil
    if hasSplit, split == nil { throw source.fault("lies in no folder that says the split", .usage) }
    if let label, let origin = facts.classFrom, let declared, !declared.containsExactly(label) {
      throw source.fault(
        "the class from \(origin.words) is \(label.quotedForMessage), expected one of the declared classes "
          + declared.listedForMessage)
    }
  }

  /// The description of a file whose reader gives this one.
  func description(_ found: InputDescription) -> InputDescription {
    guard label != nil else { return found }
    var description = found
    description.target = .classPerSequence(declared: declared)
    description.classColumn = SequenceSignature.classColumn
    return description
  }

  /// The roles of a file whose reader gives these.
  func roles(_ found: String, _ description: InputDescription) -> String {
    var parts = [found]
    switch facts.keyFrom {
    case nil: break
    case .path?: parts.append("key: the file's path, with the id behind it where a file has several sequences")
    case .name?: parts.append("key: the file's name, with the id behind it where a file has several sequences")
    }
    if let origin = facts.classFrom {
      let own = description.target == .none ? "" : " rather than the file's own target"
      parts.append("class: \(origin.words)\(own)")
    }
    if facts.splitFrom != nil { parts.append("split: the folder's name") }
    return parts.joined(separator: "; ")
  }

  /// The next sequence of a reader, with what is added to it.
  mutating func next(of reader: inout any FormatReader) throws -> SequenceRecord? {
    guard facts.keyFrom != nil else { return try reader.next().map(completed) }
    do {
      let record: SequenceRecord?
      if let found = ahead {
        ahead = nil
        record = try found.get()
      } else {
        record = try reader.next()
      }
      defer { hasBegun = true }
      guard var record else { return nil }
      if !hasBegun {
        let following = Result { try reader.next() }
        ahead = following
        if case .success(nil) = following {
          record.key = source.keyStem
          return completed(record)
        }
      }
      record.key = key(record.key)
      return completed(record)
    } catch var error as InputError {
      hasBegun = true
      error.key = error.key.map(key)
      throw error
    }
  }

  /// The key of one of several sequences.
  private func key(_ own: String) -> String {
    let stem = source.keyStem
    if own == stem { return own }
    // Keys that the reader made of the file and a number.
    for separator in [":", "/"] where own.hasPrefix(stem + separator) {
      return "\(stem):\(own.dropFirst(stem.count + 1))"
    }
    return "\(stem):\(own)"
  }

  private func completed(_ record: SequenceRecord) -> SequenceRecord {
    guard label != nil || split != nil else { return record }
    var record = record
    if let label { record.target = .label(label) }
    if let split { record.split = split }
    return record
  }
}
