import Foundation
import RaggedCore
import Synchronization

/// A table that files of sequences are joined with by their keys: its columns become columns per sequence.
///
/// It is read whole when the first file is described, up to ``maximumRows`` rows and ``maximumCells`` cells. One table
/// serves all files of a job: which of its rows have no sequence is known at the end of the last of them.
public final class JoinedTable: Sendable {
  /// The most rows that are held in memory.
  public static let maximumRows = 1_000_000
  /// The most cells that are held in memory.
  public static let maximumCells = 20_000_000
  private let source: InputSource
  private let format: FileFormat
  /// What was asked for, and the names of all columns.
  private let asked: JoinOptions
  private let names: [String]
  private let state: Mutex<State>

  private struct State {
    var options: JoinOptions
    /// The name of the id column of the sequences, where an option says it.
    var idName: String?
    var rows: JoinedRows?
    /// Whether the target is the table's.
    var takesTarget = false
    /// What was found out while the table was read, to be said once.
    var notes: [InputNote] = []
    var match = KeyMatch()
    /// Files that are not read to their end.
    var openFiles = 1
  }

  /// Opens a table.
  /// - Throws: ``InputError`` where it cannot be read or has no columns of these names.
  public init(_ options: JoinOptions) throws {
    let source = InputSource(options.path, isJoined: true)
    let format = try JoinedTable.format(of: source)
    guard format.hasRowPerTimestep || format == .jsonl else {
      throw source.fault("is \(format), expected a table to join with: csv, tsv, parquet or jsonl", .usage)
    }
    var reader = try format.reader(of: source, options: format.options([.noTarget: []], file: source.name))
    let names = try reader.columnNames()
    for name in (options.columns ?? []) + [options.key].compactMap({ $0 }) where !names.containsExactly(name) {
      throw source.fault(
        "there is no column \(name.quotedForMessage)\(names.alternatives(to: name, called: "columns"))")
    }
    (self.source, self.format, asked, self.names) = (source, format, options, names)
    state = Mutex(State(options: options))
  }

  private static func format(of source: InputSource) throws -> FileFormat {
    if let format = source.format, format != .text { return format }
    let input = try InputBytes(source)
    let (bytes, _) = try input.lookAhead(lines: 1, limit: 1 << 16)
    return bytes.prefix { $0 != 0x0A }.contains(0x09) ? .tsv : .csv
  }

  /// What messages call the table.
  private var name: String { "\"\(source.name)\"" }

  /// Takes what settings say of columns of the table.
  /// - Returns: what is left to be asked of the sequences' files.
  func take(_ settings: ReaderSettings, _ format: FileFormat) throws -> ReaderSettings {
    var options = asked
    let rest = try options.take(settings, names, format)
    let taken = options
    state.withLock { state in
      state.idName = settings[.id]?.first
      state.options = taken
    }
    return rest
  }

  /// What is known of the keys before a file is read, to be known again where it is begun anew.
  struct Mark: Sendable {
    fileprivate var match: KeyMatch
    fileprivate var openFiles: Int
  }

  func mark() -> Mark { state.withLock { Mark(match: $0.match, openFiles: $0.openFiles) } }

  /// Forgets what a file that is begun anew had.
  func rewind(to mark: Mark) { state.withLock { ($0.match, $0.openFiles) = (mark.match, mark.openFiles) } }

  /// Says how many files are joined with it, before the first is read; one by default.
  public func open(_ files: Int) { state.withLock { $0.openFiles = files } }
}

extension JoinedTable {
  /// The description of a file of sequences that is joined.
  /// - Throws: ``InputError`` where the table cannot be read or does not fit.
  func description(_ found: InputDescription, _ file: InputSource) throws -> InputDescription {
    try state.withLock { state in
      let hasOwn = found.target != .none
      // One that is asked for takes the place of a target that a format has in any case.
      let isAsked = state.options.roles.target.map { !$0.isEmpty } ?? false
      if state.rows == nil {
        state.takesTarget = isAsked || !hasOwn && state.options.roles.target == nil
        try read(&state)
      }
      guard let rows = state.rows else { return found }
      guard isAsked || rows.target == .none || !hasOwn else {
        throw file.fault(
          "has a target of its own, \(found.target.summary), but that of the files before it is from \(name)")
      }
      let own = (found.input.featureNames ?? []) + found.columns.map(\.name)
      let names = rows.columns.map(\.column.name) + (rows.target == .none ? [] : [rows.targetName])
      if let twice = names.first(where: own.containsExactly) {
        var error = file.fault("column \(twice.quotedForMessage) stands in it and in \(name), which it is joined with")
        error.remedy = .chooseJoined
        throw error
      }
      var description = found
      description.columns += rows.columns.map(\.column)
      if rows.target != .none { (description.target, description.classColumn) = (rows.target, rows.targetName) }
      return description
    }
  }

  /// What was joined, in words; empty before the table is read.
  var roles: String {
    state.withLock { state in
      guard let rows = state.rows else { return "" }
      let columns = rows.columns.map { ($0.column.name, $0.column.kind, $0.column.extent) }.roleWords
      let hasInput = rows.columns.contains { $0.column.role == .input }
      let target = rows.target == .none ? [] : ["target (\(rows.targetKind)): \(rows.targetName.quotedForMessage)"]
      let rest = rows.columns.isEmpty || hasInput ? "" : ", no input unless named"
      return (["joined with \(name) by \(rows.keyName.quotedForMessage)\(rest)"] + target + columns).joined(
        separator: "; ")
    }
  }

  /// What was found out while the table was read, once.
  func takeNotes() -> [InputNote] {
    state.withLock { state in
      defer { state.notes = [] }
      return state.notes
    }
  }

  /// A record with what the table has of it.
  func completed(_ record: SequenceRecord) -> SequenceRecord {
    state.withLock { state in
      guard let rows = state.rows else { return record }
      let row = state.match.row(of: record.key, in: rows)
      var record = record
      rows.complete(&record, row)
      return record
    }
  }

  /// Counts a sequence that is left out for a fault, which is no reason to call its row one without a sequence.
  func pass(_ key: String?) {
    guard let key else { return }
    state.withLock { state in
      if let rows = state.rows { state.match.pass(key, in: rows) }
    }
  }

  /// Ends the reading of a file.
  /// - Returns: behind the last, which keys have no partner.
  /// - Throws: ``InputError`` behind the last where none has.
  func finish(_ file: InputSource) throws -> [InputNote] {
    try state.withLock { state in
      state.openFiles -= 1
      guard state.openFiles == 0, let rows = state.rows else { return [] }
      let match = state.match
      guard match.matched > 0 || match.lacking == 0 || match.passed > 0 else {
        var error = file.fault(
          "none of the \(match.lacking.counted("key")) is in column \(rows.keyName.quotedForMessage) of \(name): keys are "
            + "\(match.lackingKeys.listedForMessage), there \(rows.firstKeys(5).listedForMessage)")
        error.remedy = .nameJoinKey
        throw error
      }
      return match.notes(rows, name)
    }
  }

  private func read(_ state: inout State) throws {
    var options = state.options
    if options.key == nil, let id = state.idName, names.containsExactly(id) { options.key = id }
    let asked =
      ([.id: options.key, .split: options.roles.split, .group: options.roles.group] as [ReaderSetting: String?])
      .compactMapValues { $0.map { [$0] } }
    var settings: ReaderSettings = asked
    if let weight = options.roles.weight { settings[.weight] = [weight] }
    if !options.missing.isEmpty, format.takes(.missing) { settings[.missing] = options.missing }
    if !options.numbers.isEmpty { settings[.numbers] = options.numbers }
    if !options.categories.isEmpty { settings[.categories] = options.categories }
    let target = state.takesTarget ? try target(options, settings) : []
    settings[.target] = target.isEmpty ? nil : target
    settings[.noTarget] = target.isEmpty ? [] : nil
    if !target.isEmpty {
      settings[.targetKind] = options.roles.targetKind.map { [$0.rawValue] }
      settings[.targetValueNames] = options.roles.targetValueNames
      settings[.classes] = options.roles.classes
    }
    var reader = try format.reader(of: source, options: format.options(settings, file: source.name))
    do {
      let rows = try JoinedRows(&reader, options, source)
      state.match = KeyMatch(rowCount: rows.count)
      state.notes = try reader.takeNotes().map { InputNote("\(name): \($0.text)", remedy: $0.remedy) }
      state.rows = rows
    } catch var error as InputError {
      error.isFatal = true
      throw error
    }
  }

  /// The columns of the target: those that are asked for, or one that is called so, or the only one.
  private func target(_ options: JoinOptions, _ settings: ReaderSettings) throws -> [String] {
    if let target = options.roles.target { return target }
    var settings = settings
    settings[.noTarget] = []
    var reader = try format.reader(of: source, options: format.options(settings, file: source.name))
    let key = try reader.keyName()
    let taken = [key, options.roles.split, options.roles.group, options.roles.weight].compactMap { $0 }
    let left = names.filter { name in
      !taken.containsExactly(name) && options.columns.map { $0.containsExactly(name) } ?? true
    }
    for candidate in TableOptions.targetNames {
      if let name = left.first(where: { $0.lowercased() == candidate }) { return [name] }
    }
    return left.count == 1 ? left : []
  }
}

/// The rows of a joined table, a column after the other.
private struct JoinedRows: Sendable {
  private(set) var columns: [(column: Column, cells: JoinedCells)] = []
  let keyName: String
  let target: InputDescription.Target
  let targetName: String
  let targetKind: String
  private var targetNames = JoinedCells(.category)
  private var targetValues: [Float] = []  // [rows, width]
  private var splits = JoinedCells(.category)
  private var groups = JoinedCells(.category)
  private var weights: [Float]?
  private(set) var places: [ExactName: Int32] = [:]
  private(set) var keys: [String] = []
  private let splitName, groupName, weightName: String?

  var count: Int { keys.count }

  func firstKeys(_ count: Int) -> [String] { Array(keys.prefix(count)) }

  /// Reads all rows.
  init(_ reader: inout any FormatReader, _ options: JoinOptions, _ source: InputSource) throws {
    let description = try reader.description()
    keyName = try reader.keyName() ?? options.key ?? "id"
    (splitName, groupName, weightName) = (options.roles.split, options.roles.group, options.roles.weight)
    switch description.target {
    case .none:
      (target, targetKind) = (.none, "")
    case .classPerSequence(let declared), .classPerTimestep(let declared):
      (target, targetKind) = (.classPerSequence(declared: declared), TargetKind.classPerSequence.rawValue)
    case .valuesPerSequence(let names), .valuesPerTimestep(let names):
      (target, targetKind) = (.valuesPerSequence(names), TargetKind.valuesPerSequence.rawValue)
    }
    targetName = target.isClass ? description.classColumn : target.valueNames.first ?? ""
    if weightName != nil { weights = [] }
    let features = (description.input.featureNames ?? []).map { Column($0, .number) }
    guard case .features = description.input else {
      throw source.fault("holds sequences of its own, expected a row a sequence to join with")
    }
    let all = features + description.columns
    let wanted = all.map { column in
      column.extent != .labels && (options.columns.map { $0.containsExactly(column.name) } ?? true)
    }
    for (column, isWanted) in zip(all, wanted) where isWanted {
      let role: Column.Role = options.inputs.containsExactly(column.name) ? .input : .other
      let joined = Column(
        column.name, column.kind, per: .sequence, role: role,
        vocabulary: column.kind == .category ? Vocabulary(unit: .words, tokens: []) : nil)
      columns.append((joined, JoinedCells(column.kind)))
    }
    let width = max(1, columns.count)
    while let record = try reader.next() {
      func fault(_ problem: String) -> InputError {
        InputError(
          file: source.name, line: record.line > 0 ? record.line : nil, problem: problem, key: record.key, isFatal: true
        )
      }
      guard record.length <= 1, places[ExactName(record.key)] == nil else {
        throw fault("key \(record.key.quotedForMessage) has more than one row, expected a row a sequence")
      }
      guard keys.count < JoinedTable.maximumRows, keys.count < JoinedTable.maximumCells / width else {
        throw fault(
          "has more than \(JoinedTable.maximumRows.grouped) rows or \(JoinedTable.maximumCells.grouped) cells, which are "
            + "held in memory; join it in a database, or name the columns that are wanted")
      }
      places[ExactName(record.key)] = Int32(keys.count)
      keys.append(record.key)
      append(record, wanted, featureCount: features.count)
    }
  }

  private mutating func append(_ record: SequenceRecord, _ wanted: [Bool], featureCount: Int) {
    var next = 0
    for (place, isWanted) in wanted.enumerated() where isWanted {
      if place >= featureCount {
        columns[next].cells.append(record.cells[place - featureCount])
      } else if case .values(let values, _) = record.input, place < values.count {
        columns[next].cells.append(.numbers([values[place]]))
      } else {
        columns[next].cells.append(.numbers([]))
      }
      next += 1
    }
    switch record.target {
    case .none: break
    case .classPerSequence(let label), .classPerTimestep(let label): targetNames.append(.categories(label))
    case .values(let values), .stepValues(let values, _):
      let width = target.width
      targetValues += values.count == width ? values : Array(repeating: .nan, count: width)
    }
    if splitName != nil { splits.append(.categories(Categories([record.split ?? ""]))) }
    if groupName != nil { groups.append(.categories(Categories([record.group ?? ""]))) }
    weights?.append(record.weight ?? 1)
  }

  /// Gives a record what a row has of it; nil is a row of which nothing is known.
  func complete(_ record: inout SequenceRecord, _ row: Int?) {
    record.cells += columns.map { $0.cells.cells(row) }
    switch target {
    case .none, .classPerTimestep, .valuesPerTimestep: break
    case .classPerSequence:
      if case .categories(let label) = targetNames.cells(row) { record.target = .classPerSequence(label) }
    case .valuesPerSequence(let names):
      let width = names.count
      record.target = .values(
        row.map { Array(targetValues[$0 * width..<($0 + 1) * width]) } ?? Array(repeating: .nan, count: width))
    }
    guard let row else { return }
    if splitName != nil { record.split = splits.text(row) ?? record.split }
    if groupName != nil { record.group = groups.text(row) ?? record.group }
    if let weights { record.weight = weights[row] }
  }
}

/// The cells of one column of a joined table.
private struct JoinedCells: Sendable {
  private let kind: Column.Kind
  private var numbers: [Float] = []
  private var times: [Int64] = []
  private var codes: [Int32] = []
  private var names = [""]
  private var places: [ExactName: Int32] = [ExactName(""): 0]

  init(_ kind: Column.Kind) { self.kind = kind }

  /// Adds a row: the first of these cells, or a missing one where there is none.
  mutating func append(_ cells: RecordCells) {
    switch cells {
    case .numbers(let found): numbers.append(found.first ?? .nan)
    case .times(let found): times.append(found.first ?? ColumnPlanes.missingTime)
    case .categories(let found):
      let name = found.first ?? ""
      if let code = places[ExactName(name)] { return codes.append(code) }
      let code = Int32(names.count)
      places[ExactName(name)] = code
      names.append(name)
      codes.append(code)
    }
  }

  /// The cell of a row; a missing one where it is nil.
  func cells(_ row: Int?) -> RecordCells {
    switch kind {
    case .number: .numbers([row.map { numbers[$0] } ?? .nan])
    case .time: .times([row.map { times[$0] } ?? ColumnPlanes.missingTime])
    case .category: .categories(Categories(codes: [0], names: [row.map { names[Int(codes[$0])] } ?? ""]))
    }
  }

  /// The name in a row; nil where it is missing.
  func text(_ row: Int) -> String? {
    let name = names[Int(codes[row])]
    return name.isEmpty ? nil : name
  }
}

/// Which keys have been found in a joined table.
private struct KeyMatch: Sendable {
  /// How many keys without a partner are named.
  private static let namedKeys = 10
  private var isFound: [Bool]
  private(set) var matched = 0
  private(set) var passed = 0
  /// Sequences without a row, and the keys of the first.
  private(set) var lacking = 0
  private(set) var lackingKeys: [String] = []
  /// Whether keys are compared as numbers; nil as long as none has been found.
  private var isNumeric: Bool?
  /// The row of each number; -1 where there are two.
  private var numbers: [Double: Int32]?

  init(rowCount: Int = 0) { isFound = Array(repeating: false, count: rowCount) }

  /// The row of a sequence, which counts as found.
  mutating func row(of key: String, in rows: JoinedRows) -> Int? {
    guard let row = find(key, rows) else {
      lacking += 1
      if lackingKeys.count < KeyMatch.namedKeys { lackingKeys.append(key) }
      return nil
    }
    matched += 1
    isFound[row] = true
    return row
  }

  /// Counts the row of a sequence that was left out.
  mutating func pass(_ key: String, in rows: JoinedRows) {
    passed += 1
    if let row = find(key, rows) { isFound[row] = true }
  }

  private mutating func find(_ key: String, _ rows: JoinedRows) -> Int? {
    if let row = rows.places[ExactName(key)] {
      isNumeric = isNumeric ?? false
      return Int(row)
    }
    guard isNumeric != false, let number = KeyMatch.number(key) else { return nil }
    if numbers == nil {
      var found: [Double: Int32] = [:]
      for (row, key) in rows.keys.enumerated() {
        if let number = KeyMatch.number(key) { found[number] = found[number] == nil ? Int32(row) : -1 }
      }
      numbers = found
    }
    guard let row = numbers?[number], row >= 0 else { return nil }
    isNumeric = true
    return Int(row)
  }

  /// The number that a key is, as far as it is one that stands for itself alone.
  private static func number(_ key: String) -> Double? {
    guard let number = key.withByteSlice({ $0.trimmed.decimalNumber == nil ? nil : Double($0.trimmed.text) }) ?? nil,
      number.magnitude < 0x1p53
    else { return nil }
    return number
  }

  /// What is said at the end.
  func notes(_ rows: JoinedRows, _ table: String) -> [InputNote] {
    func named(_ keys: [String], of count: Int) -> String {
      keys.map(\.quotedForMessage).joined(separator: ", ")
        + (count > keys.count ? " and \(count - keys.count) more" : "")
    }
    var notes: [InputNote] = []
    if isNumeric == true {
      notes.append("keys are compared with those of \(table) as numbers, as none is equal as text")
    }
    if lacking > 0 {
      notes.append(
        InputNote(
          "\(lacking.counted("sequence has", "sequences have")) no row in \(table), so that all \(lacking == 1 ? "its" : "their") "
            + "cells of it are missing: \(named(lackingKeys, of: lacking))"))
    }
    let without = isFound.indices.filter { !isFound[$0] }
    if !without.isEmpty {
      let keys = without.prefix(KeyMatch.namedKeys).map { rows.keys[$0] }
      notes.append(
        InputNote(
          "\(without.count.counted("row", "rows")) of \(table) \(without.count == 1 ? "has" : "have") no sequence: "
            + named(keys, of: without.count)))
    }
    return notes
  }
}
