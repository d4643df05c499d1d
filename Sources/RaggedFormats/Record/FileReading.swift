import RaggedCore

/// How a file was read, so that another of its kind can be read in the same way without a word on it.
public struct FileReading: Sendable, Hashable {
  /// The name of the format.
  public var format: String
  /// The ending of the file's name in lower case, without `.gz`; empty where it has none.
  public var ending: String
  /// Whether the format was named by who asked, rather than told by the ending.
  public var isFormatGiven: Bool
  /// What was asked of the reader.
  public var asked: ReaderSettings
  /// What was found out beside that: the columns of key, time and target, which of day and month stands first, and a decimal comma.
  public var found: ReaderSettings

  /// A reading.
  public init(
    format: String, ending: String = "", isFormatGiven: Bool = false, asked: ReaderSettings = [:],
    found: ReaderSettings = [:]
  ) {
    (self.format, self.ending, self.isFormatGiven) = (format, ending, isFormatGiven)
    (self.asked, self.found) = (asked, found)
  }
}

/// As an object whose settings are objects of lists, with the settings' names as keys; a setting of another version is passed
/// over.
extension FileReading: Codable {
  private enum Key: String, CodingKey { case format, ending, given, asked, found }

  /// Reads what `encode` wrote.
  public init(from decoder: any Decoder) throws {
    let object = try decoder.container(keyedBy: Key.self)
    func settings(_ key: Key) throws -> ReaderSettings {
      let named = try object.decodeIfPresent([String: [String]].self, forKey: key) ?? [:]
      return named.reduce(into: [:]) { settings, entry in
        if let setting = ReaderSetting(rawValue: entry.key) { settings[setting] = entry.value }
      }
    }
    self.init(
      format: try object.decode(String.self, forKey: .format),
      ending: try object.decodeIfPresent(String.self, forKey: .ending) ?? "",
      isFormatGiven: try object.decodeIfPresent(Bool.self, forKey: .given) ?? false, asked: try settings(.asked),
      found: try settings(.found))
  }

  /// Writes an object; what is empty or false is left out.
  public func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Key.self)
    func named(_ settings: ReaderSettings) -> [String: [String]]? {
      settings.isEmpty ? nil : Dictionary(uniqueKeysWithValues: settings.map { ($0.key.rawValue, $0.value) })
    }
    try object.encode(format, forKey: .format)
    try object.encodeIfPresent(ending.isEmpty ? nil : ending, forKey: .ending)
    try object.encodeIfPresent(isFormatGiven ? true : nil, forKey: .given)
    try object.encodeIfPresent(named(asked), forKey: .asked)
    try object.encodeIfPresent(named(found), forKey: .found)
  }
}

extension FileReading {
  /// What another file is to be read for.
  public enum Purpose: Sendable {
    /// Its inputs alone.
    case inputs
    /// Its inputs alone, line by line as they come: what a first line need not show is as before.
    case stream
    /// What is predicted of them too.
    case targets
  }

  /// What is asked of the reader of another file, which may be of another format.
  ///
  /// How cells and rows are written is asked as before, but of a file of another format only what its cells mean. Columns that were named are asked for where the file has them; those
  /// of targets, splits and tables that were joined are not where they are not needed.
  /// - Parameters:
  ///   - format: that of the other file.
  ///   - columns: the names of its columns; nil where they are not known.
  ///   - purpose: what it is read for.
  public func settings(for format: FileFormat, columns: [String]?, purpose: Purpose) -> ReaderSettings {
    // Elsewhere columns are numbers, or the names of arrays.
    let named: Set<String> = ["csv", "tsv", "jsonl", "parquet", "sqlite"]
    let isTable = named.contains(format.name)
    let hasSuchColumns = format.name == self.format || isTable && named.contains(self.format)
    return asked.merging(found) { asked, _ in asked }.reduce(into: [:]) { settings, entry in
      let (setting, value) = entry
      // Another file shows how its numbers are written.
      if setting == .decimal, asked[.decimal] == nil, purpose != .stream { return }
      guard setting.isKept(for: purpose), format.takes(setting) || setting.isOfFiles,
        hasSuchColumns || !setting.namesColumns, format.name == self.format || setting.isOfAnyFormat
      else { return }
      guard let columns, isTable, setting.namesColumns else { return settings[setting] = value }
      let present = value.filter { $0.isEmpty || columns.containsExactly($0) }
      if !present.isEmpty || value.isEmpty { settings[setting] = present }
    }
  }

  /// The reading among several that another file's should be like: the last of its format, or else the last.
  public static func suited(to format: FileFormat?, among readings: [FileReading]) -> FileReading? {
    readings.last { $0.format == format?.name } ?? readings.last
  }

  /// The name of the format of a file that is read like this one, where nobody says it: what was given for files with that
  /// ending, and where the ending says nothing.
  public func format(ofFileEnding ending: String, isTold: Bool) -> String? {
    isTold && !(isFormatGiven && ending == self.ending) ? nil : format
  }
}

extension ReaderSetting {
  /// Whether its values are names of columns, which another file may lack.
  fileprivate var namesColumns: Bool {
    switch self {
    case .id, .features, .target, .weight, .time, .numbers, .categories, .labels, .statics, .inputs, .skipped, .valid,
      .split, .group, .metadata, .metadataObject:
      true
    default: false
    }
  }

  /// Whether it says what cells mean, whatever the format, rather than how a file is written.
  fileprivate var isOfAnyFormat: Bool {
    switch self {
    case .missing, .unit, .tokenNumbers, .timeFormat, .targetKind, .noTarget, .classes, .keyFrom, .classFrom: true
    default: namesColumns
    }
  }

  /// Whether it is asked for once more.
  fileprivate func isKept(for purpose: FileReading.Purpose) -> Bool {
    switch self {
    // Other files have other tables beside them, and lie in other folders.
    case .join, .joinKey, .joinColumns, .query, .splitFrom: false
    case .target, .noTarget, .targetKind, .targetValueNames, .classes, .weight, .classFrom: purpose == .targets
    default: true
    }
  }
}

extension FileReader {
  /// How the file is read: what was asked, and what was found out by now.
  /// - Throws: ``InputError``, always fatal.
  public mutating func reading() throws -> FileReading {
    let decided = try decidedSettings()
    let found = decided.filter {
      [.id, .time, .target, .targetKind, .timeFormat, .decimal].contains($0.key) && asked[$0.key] != $0.value
    }
    return FileReading(
      format: format.name, ending: source.ending, isFormatGiven: isFormatGiven, asked: asked, found: found)
  }

  /// The names of the columns of a file; nil where they are not known without reading its sequences, or where it cannot be
  /// opened twice.
  public static func columnNames(
    of path: String, format: FileFormat, settings: ReaderSettings
  ) -> [String]? {
    guard path != "-", var reader = try? FileReader(path, format: format, settings: settings, among: [format]),
      reader.source.byteCount != nil, let names = try? reader.facts().columns.map(\.name), !names.isEmpty
    else { return nil }
    return names
  }
}
