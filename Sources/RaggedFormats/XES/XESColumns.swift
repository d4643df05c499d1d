import RaggedCore

/// The columns of an event log, which are known when all of it has been read once.
final class XESColumns: XESSink {
  /// What a column's values were given as.
  struct Column {
    let key: [UInt8]
    fileprivate(set) var types: Set<XESType> = []

    /// A column without values.
    init(key: [UInt8]) { self.key = key }
  }

  /// The attributes of events and of traces, in the order in which they come first.
  private(set) var events: [Column] = []
  private(set) var traces: [Column] = []
  private(set) var traceCount = 0
  private(set) var eventCount = 0
  /// Traces whose name is absent or empty.
  private(set) var namelessCount = 0
  private var places: [XESPart: [ArraySlice<UInt8>: Int]] = [.trace: [:], .event: [:]]
  private var names: Set<UInt64> = []
  private var hasName = false
  /// What is left out, and how often, in the order in which it comes first.
  private var leftOut: [(what: XESLeftOut, count: Int)] = []
  private let file: String
  private let checksNames: Bool

  static let name = Array("concept:name".utf8)
  static let idName = "case:concept:name"
  static let timeName = "time:timestamp"
  /// More kinds of attributes than a log has are those of a file that is none.
  private static let maximumColumns = 10_000

  /// - Parameter checksNames: whether the names of traces must differ.
  init(file: String, checksNames: Bool) { (self.file, self.checksNames) = (file, checksNames) }

  func begin(_ part: XESPart, line: Int) throws {
    switch part {
    case .trace:
      traceCount += 1
      hasName = false
    case .event: eventCount += 1
    }
  }

  func add(_ type: XESType, key: ByteSlice, value: ByteSlice, to part: XESPart, line: Int) throws {
    let found = place(of: key, part)
    if part == .trace { traces[found].types.insert(type) } else { events[found].types.insert(type) }
    guard events.count + traces.count <= XESColumns.maximumColumns else {
      throw InputError(
        file: file, line: line,
        problem: "there are more than \(XESColumns.maximumColumns.grouped) kinds of attributes", isFatal: true)
    }
    guard part == .trace, !value.isEmpty, key.equals(XESColumns.name) else { return }
    hasName = true
    var hash = StableHash(seed: 0)
    hash.add(UnsafeRawBufferPointer(start: value.base, count: value.count))
    guard names.insert(hash.value).inserted || !checksNames else {
      throw InputError(
        file: file, line: line,
        problem:
          "a second trace is called \(value.text.quotedForMessage), expected a \"concept:name\" of its own for each",
        isFatal: true)
    }
  }

  func end(_ part: XESPart, line: Int) throws {
    if part == .trace, !hasName { namelessCount += 1 }
  }

  func leaveOut(_ what: XESLeftOut) {
    if let place = leftOut.firstIndex(where: { $0.what == what }) {
      leftOut[place].count += 1
    } else if leftOut.count < 1000 {
      leftOut.append((what, 1))
    }
  }

  private func place(of key: ByteSlice, _ part: XESPart) -> Int {
    let bytes = key.array
    if let place = places[part]?[bytes[...]] { return place }
    let place: Int
    if part == .trace {
      place = traces.count
      traces.append(Column(key: bytes))
    } else {
      place = events.count
      events.append(Column(key: bytes))
    }
    places[part]?[bytes[...]] = place
    return place
  }

  /// What is not imported, and what had to be settled, in words.
  var notes: [InputNote] {
    var notes: [InputNote] = []
    func listed(_ keys: [String], _ what: (String) -> String) {
      guard !keys.isEmpty else { return }
      notes.append(InputNote("\(what(keys.listedForMessage)) not imported"))
    }
    func keys(_ body: (XESLeftOut) -> String?) -> [String] { leftOut.compactMap { body($0.what) } }
    func count(_ what: XESLeftOut) -> Int { leftOut.first { $0.what == what }?.count ?? 0 }
    listed(keys { if case .list(let key) = $0 { key } else { nil } }) { "lists of attributes (\($0)) are" }
    listed(keys { if case .nested(let key) = $0 { key } else { nil } }) { "attributes of attributes (of \($0)) are" }
    listed(keys { if case .ofLog(let key) = $0 { key } else { nil } }) { "attributes of the log itself (\($0)) are" }
    listed(keys { if case .unknown(let name) = $0 { name } else { nil } }) {
      "elements that are no attributes (\($0)) are"
    }
    let (classifiers, loose) = (count(.classifier), count(.event))
    if classifiers > 0 { notes.append(InputNote("\(classifiers.counted("classifier")) not imported")) }
    if loose > 0 { notes.append(InputNote("\(loose.counted("event")) outside of traces not imported")) }
    if namelessCount > 0 {
      notes.append(
        InputNote(
          "\(namelessCount.counted("trace has", "traces have")) no \"concept:name\": \(namelessCount == 1 ? "its key is" : "their keys are") "
            + "made of the file's name and the trace's number"))
    }
    for (prefix, columns) in [("", events), ("case:", traces)] {
      for column in columns where column.isMixed {
        let name = prefix + String(decoding: column.key, as: UTF8.self)
        notes.append(
          InputNote(
            "column \(name.quotedForMessage) has values of several types, so it is taken for text",
            remedy: .sayColumnKind(name, .number)))
      }
    }
    return notes
  }
}

extension XESColumns.Column {
  /// Numbers and truth values are one kind.
  private var kinds: Set<XESType> { Set(types.map { $0 == .boolean ? .number : $0 }) }
  fileprivate var isMixed: Bool { kinds.count > 1 }

  var kind: RaggedCore.Column.Kind { kinds == [.date] ? .time : kinds == [.number] ? .number : .category }
}
