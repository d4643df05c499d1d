import Foundation
import RaggedCore

/// The events of a log as rows, behind whose cells stand those of their trace. The file is read twice: what columns there are is
/// known at its end.
final class XESRows: TypedRows {
  let columns: TypedColumns
  let notes: [InputNote]
  private let source: InputSource
  private let copy: TemporaryCopy?
  private let bytes: InputBytes
  private let sink: XESTrace
  private let elements: XMLElements
  private let size: Int?
  private var isAtEnd = false
  /// Bytes of a log that are read at a time.
  private static let pieceBytes = 1 << 16

  /// - Throws: ``InputError`` where the file is no log.
  init(_ source: InputSource, _ options: XESOptions) throws {
    self.source = source
    copy = source.isStandardInput ? try TemporaryCopy(of: source) : nil
    let place = copy.map { InputSource($0.path) } ?? source
    let id = options.table.roles.id ?? XESColumns.idName
    let found = XESColumns(file: source.name, checksNames: id == XESColumns.idName)
    let visitor = XESVisitor(found, file: source.name)
    let first = try XMLElements(visitor, file: source.name)
    let survey = try InputBytes(place)
    while try XESRows.readPiece(survey, first) {}
    guard found.traceCount > 0 else {
      throw InputError(file: source.name, problem: "is a log without traces", isFatal: true)
    }
    sink = XESTrace(found, source: source)
    (columns, notes) = (sink.columns, found.notes)
    bytes = try InputBytes(place)
    size = place.byteCount
    elements = try XMLElements(XESVisitor(sink, file: source.name), file: source.name)
  }

  /// - Returns: false at the end.
  private static func readPiece(_ bytes: InputBytes, _ elements: XMLElements) throws -> Bool {
    try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: pieceBytes) { buffer in
      guard let base = buffer.baseAddress else { return false }
      let count = try bytes.read(into: base, count: pieceBytes)
      try elements.read(UnsafeBufferPointer(start: base, count: count), isLast: count == 0)
      return count > 0
    }
  }

  var share: Double { size.map { Double(bytes.bytesRead) / Double(max(1, $0)) } ?? 0 }

  func line(ofRow row: Int) -> Int? { sink.line(ofRow: row) }

  func settled(_ table: TableOptions) -> TableOptions {
    var table = table
    if table.roles.id == nil { table.roles.id = XESColumns.idName }
    let times = zip(columns.names, columns.kinds).filter { $0.1 == .time }.map(\.0)
    if table.time == nil, times.containsExactly(XESColumns.timeName), !table.times.containsExactly(XESColumns.timeName),
      !table.categories.containsExactly(XESColumns.timeName)
    {
      table.time = XESColumns.timeName
    }
    // Those of the trace are the same in all its rows.
    let ofTrace = columns.names[sink.eventColumns...].filter { name in
      !times.containsExactly(name) && !table.statics.containsExactly(name)
    }
    table.statics += ofTrace
    return table
  }

  func write(to rows: inout RowText) throws -> Bool {
    guard !isAtEnd else { return false }
    swap(&rows, &sink.rows)
    defer { swap(&rows, &sink.rows) }
    while sink.rows.byteCount == 0, !isAtEnd { isAtEnd = try !XESRows.readPiece(bytes, elements) }
    return sink.rows.byteCount > 0
  }
}

/// Makes rows of a trace once all of it has been read.
final class XESTrace: XESSink {
  let columns: TypedColumns
  /// How many columns are those of events; those of traces follow.
  let eventColumns: Int
  var rows = RowText()
  private let keys: (event: [[UInt8]], trace: [[UInt8]])
  /// The places of the columns of each key.
  private let places: (event: [[UInt8]: Int], trace: [[UInt8]: Int])
  private let source: InputSource
  private let nameColumn: Int
  private var traceNumber = 0
  /// Cells of the trace's events, one event after another: where each stands in the text; nil for one without a value.
  private var cells: [Range<Int>?] = []
  private var eventCells: [Range<Int>?] = []
  private var traceCells: [Range<Int>?] = []
  private var text: [UInt8] = []
  private var eventLines: [Int] = []
  private var traceLine = 0
  /// Where the rows that were made last stand in the file, for messages.
  private var lines: [Int] = []
  private var forgotten = 0

  init(_ found: XESColumns, source: InputSource) {
    self.source = source
    let events = found.events
    var traces = found.traces
    if !traces.contains(where: { $0.key == XESColumns.name }) { traces.append(XESColumns.Column(key: XESColumns.name)) }
    keys = (events.map(\.key), traces.map(\.key))
    func places(_ keys: [[UInt8]]) -> [[UInt8]: Int] {
      Dictionary(uniqueKeysWithValues: zip(keys, keys.indices))
    }
    self.places = (places(keys.event), places(keys.trace))
    eventColumns = events.count
    columns = TypedColumns(
      names: events.map { String(decoding: $0.key, as: UTF8.self) }
        + traces.map { "case:" + String(decoding: $0.key, as: UTF8.self) },
      kinds: events.map(\.kind) + traces.map { $0.key == XESColumns.name ? .category : $0.kind })
    nameColumn = self.places.trace[XESColumns.name] ?? 0
  }

  func begin(_ part: XESPart, line: Int) throws {
    switch part {
    case .trace:
      traceNumber += 1
      traceLine = line
      traceCells = Array(repeating: nil, count: keys.trace.count)
      cells.removeAll(keepingCapacity: true)
      text.removeAll(keepingCapacity: true)
      eventLines.removeAll(keepingCapacity: true)
    case .event:
      eventCells = Array(repeating: nil, count: keys.event.count)
      eventLines.append(line)
    }
  }

  func add(_ type: XESType, key: ByteSlice, value: ByteSlice, to part: XESPart, line: Int) throws {
    let place = part == .event ? places.event[key.array] : places.trace[key.array]
    // A file that has grown since it was read first.
    guard let place else {
      throw fault(line, "attribute \(key.text.quotedForMessage) was not there when the file was read first")
    }
    let isThere = part == .event ? eventCells[place] != nil : traceCells[place] != nil
    if isThere { throw fault(line, "attribute \(key.text.quotedForMessage) comes a second time") }
    let start = text.count
    let isNumber = columns.kinds[part == .event ? place : eventColumns + place] == .number
    if type == .boolean, isNumber {
      guard let truth = value.truth else {
        throw fault(line, "attribute \(key.text.quotedForMessage) is \(value.quoted), expected true or false")
      }
      text.append(truth ? 0x31 : 0x30)
    } else if isNumber, value.parsedFloat == .invalid, !value.trimmed.isMissingWord {
      throw fault(line, "attribute \(key.text.quotedForMessage) is \(value.quoted), expected a number")
    } else {
      text.append(contentsOf: UnsafeBufferPointer(start: value.base, count: value.count))
    }
    if part == .event { eventCells[place] = start..<text.count } else { traceCells[place] = start..<text.count }
  }

  func end(_ part: XESPart, line: Int) throws {
    guard part == .trace else { return cells.append(contentsOf: eventCells) }
    if traceCells[nameColumn]?.isEmpty ?? true {
      let start = text.count
      text.append(contentsOf: "\(source.keyStem):\(traceNumber)".utf8)
      traceCells[nameColumn] = start..<text.count
    }
    text.withUnsafeBufferPointer { text in
      func add(_ cell: Range<Int>?) {
        guard let cell else { return rows.addNull() }
        rows.add(UnsafeBufferPointer(rebasing: text[cell]))
      }
      let width = keys.event.count
      for event in 0..<max(1, eventLines.count) {
        for place in 0..<width { add(eventLines.isEmpty ? nil : cells[event * width + place]) }
        for cell in traceCells { add(cell) }
        rows.endRow()
        note(eventLines.isEmpty ? traceLine : eventLines[event])
      }
    }
  }

  func leaveOut(_ what: XESLeftOut) {}

  private func note(_ line: Int) {
    // Places are for messages: no more of them are kept than those are likely to name.
    if lines.count == 1 << 18 {
      lines.removeFirst(1 << 17)
      forgotten += 1 << 17
    }
    lines.append(line)
  }

  /// Where a row stands in the file; nil for one that is long gone.
  func line(ofRow row: Int) -> Int? {
    let place = row - 1 - forgotten
    return lines.indices.contains(place) ? lines[place] : nil
  }

  private func fault(_ line: Int, _ problem: String) -> InputError {
    InputError(file: source.name, line: line, problem: problem, isFatal: true)
  }
}

extension ByteSlice {
  fileprivate var truth: Bool? {
    let word = trimmed
    if word.equalsIgnoringCase("true") { return true }
    return word.equalsIgnoringCase("false") ? false : nil
  }
}

/// What standard input holds, in a file that goes away with this. A class, since it owns a file.
private final class TemporaryCopy {
  let path: String

  /// - Throws: ``InputError`` where it cannot be read or kept.
  init(of source: InputSource) throws {
    let folder = FileManager.default.temporaryDirectory
    path = folder.appending(path: "ragged-\(UUID().uuidString).xes").path
    let bytes = try InputBytes(source)
    guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
      let file = FileHandle(forWritingAtPath: path)
    else {
      throw InputError(
        file: source.name, problem: "is read twice, and cannot be kept in \(folder.path)", isFatal: true,
        failureClass: .noInput)
    }
    defer { try? file.close() }
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try piece.withUnsafeMutableBufferPointer { buffer in
        try buffer.baseAddress.map { try bytes.read(into: $0, count: buffer.count) } ?? 0
      }
      guard count > 0 else { return }
      do { try file.write(contentsOf: piece[..<count]) } catch {
        throw InputError(
          file: source.name,
          problem: "is read twice, and cannot be kept in \(folder.path): \(error.localizedDescription)",
          isFatal: true, failureClass: .noInput)
      }
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
