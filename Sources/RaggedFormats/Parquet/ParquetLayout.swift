import RaggedCore
import RaggedParquet

/// What a Parquet file's rows are, by its schema.
struct ParquetLayout {
  enum Rows {
    /// Each a timestep: flat columns and lists of labels, and how their cells are written.
    case timesteps([(column: ParquetColumn, form: ParquetCellForm)])
    /// Each a sequence: fields of any shape.
    case sequences([ParquetField])
  }

  let rows: Rows
  /// What has no column of ours, in words.
  let leftOut: [String]

  /// - Parameters:
  ///   - skipped: columns that are not looked at.
  ///   - labels: columns of labels, which are lists in a long table too.
  init(_ schema: ParquetSchema, skipped: [String], labels: [String]) {
    let fields = schema.fields.filter { !skipped.containsExactly($0.name) }
    let lists = fields.filter(schema.isList)
    let areLabels = lists.allSatisfy { labels.containsExactly($0.name) && schema.isListOfCells($0) }
    guard areLabels || !lists.contains(where: { schema.isListOfCells($0) || schema.isNested($0) }) else {
      let known = fields.filter(schema.hasForm)
      rows = .sequences(known)
      leftOut = fields.filter { !schema.hasForm($0) }.map { schema.words($0) }
      return
    }
    var (columns, leftOut): ([(column: ParquetColumn, form: ParquetCellForm)], [String]) = ([], [])
    for field in schema.fields {
      let isKnown = schema.isListOfCells(field) ? areLabels && !skipped.containsExactly(field.name) : true
      if isKnown, let index = schema.cells(of: field), let form = ParquetCellForm(schema.columns[index]) {
        columns.append((schema.columns[index], form))
      } else if !skipped.containsExactly(field.name) {
        leftOut.append(schema.words(field))
      }
    }
    (rows, self.leftOut) = (.timesteps(columns), leftOut)
  }
}

extension ParquetSchema {
  /// Whether a field is a list of anything.
  func isList(_ field: ParquetField) -> Bool { if case .list = field.content { true } else { false } }

  /// The column of a flat field, or of the elements of one that is a list of them.
  func cells(of field: ParquetField) -> Int? {
    switch field.content {
    case .column(let index): return index
    case .list(let element): if case .column(let index) = element.content { return index } else { return nil }
    case .record, .map: return nil
    }
  }

  /// Fields of points in time that do not say in which zone, or of lists of them.
  var clocks: [String] {
    fields.filter { field in
      guard let index = cells(of: field), case .timestamp(_, utc: false)? = ParquetCellForm(columns[index]) else {
        return false
      }
      return true
    }.map(\.name)
  }

  /// Whether a field is a list of numbers, texts or times.
  func isListOfCells(_ field: ParquetField) -> Bool {
    guard case .list(let element) = field.content, case .column(let index) = element.content else { return false }
    return ParquetCellForm(columns[index]) != nil
  }

  /// Whether a field is a list of lists, or of records, of what can be read.
  func isNested(_ field: ParquetField) -> Bool {
    guard case .list(let element) = field.content, hasForm(field) else { return false }
    switch element.content {
    case .list, .record: return true
    case .column, .map: return false
    }
  }

  /// Whether a field is a list of numbers.
  func isListOfNumbers(_ field: ParquetField) -> Bool {
    guard case .list(let element) = field.content, case .column(let index) = element.content else { return false }
    return ParquetCellForm(columns[index])?.isNumber == true
  }

  /// Whether every value in a field can be written as text.
  func hasForm(_ field: ParquetField) -> Bool { field.columns.allSatisfy { ParquetCellForm(columns[$0]) != nil } }

  /// What a field is, in words: `column "m" holds maps`.
  func words(_ field: ParquetField) -> String {
    let held =
      switch field.content {
      case .column: "bytes that are no text"
      case .record: "records"
      case .map: "maps"
      case .list(let element):
        switch element.content {
        case .column: "lists of bytes that are no text"
        case .record: "lists of records"
        case .map: "lists of maps"
        case .list: "lists of lists"
        }
      }
    return "column \(field.name.quotedForMessage) holds \(held)"
  }
}
