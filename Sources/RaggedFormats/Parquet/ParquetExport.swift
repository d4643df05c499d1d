import RaggedCore
import RaggedParquet

/// Writes Parquet: a row per timestep with the columns of ``CSVExport``, or a row per sequence whose columns of a timestep are
/// lists, ``ParquetExportColumns`` says which. Numbers are float32, texts UTF-8, times microseconds in UTC; what is missing is
/// null. Labels are a list in either layout.
struct ParquetExport: ExportWriter {
  /// Rows after which what was gathered goes to the writer, and bytes of text.
  private static let (rowsAtOnce, bytesAtOnce) = (1 << 13, 1 << 20)

  private let columns: ParquetExportColumns
  private let writer: ParquetWriter
  private var cells: [ParquetCells]
  private var rows = 0
  private var timesteps = 0
  private let filler: ParquetFiller

  /// Begins the file.
  /// - Throws: ``ExportError`` for data that the layout cannot hold.
  init(_ source: some ExportedSequences, _ facts: ExportFacts, _ sink: ExportSink) throws {
    guard !sink.isCompressed else {
      throw ExportError(
        .invalidOption, "a parquet file compresses its columns itself and is not compressed by gzip: leave \".gz\" out")
    }
    columns = try ParquetExportColumns(source, facts)
    let names = RecordNames(source.signature, source.furtherColumns)
    filler = ParquetFiller(
      hasLists: columns.layout == .sequences, missingClass: Int32(clamping: names.classes.count - 1))
    cells = columns.all.map { ParquetCells($0.column, names: $0.content.names(names)) }
    writer = try ParquetWriter(ParquetSink(sink), columns.all.map(\.column))
  }

  var readerOptions: any FormatOptions { columns.readerOptions }
  var losses: [String] { columns.losses }

  mutating func write(_ record: SequenceRecord) throws {
    try columns.check(record)
    let added = filler.hasLists ? 1 : max(1, record.length)
    for place in cells.indices { filler.append(record, columns.all[place].content, rows: added, &cells[place]) }
    rows += added
    timesteps += record.length
    let textBytes = cells.reduce(0) { $0 + $1.textBytes }
    if max(rows, timesteps) >= ParquetExport.rowsAtOnce || textBytes >= ParquetExport.bytesAtOnce { try flush() }
  }

  mutating func finish() throws {
    try flush()
    try writer.finish()
  }

  private mutating func flush() throws {
    let values = cells.indices.map { cells[$0].take() }
    try writer.write(rows: rows, values)
    (rows, timesteps) = (0, 0)
  }
}

/// Adds what sequences hold to the cells of columns.
private struct ParquetFiller {
  /// Whether a sequence is a row, whose cells of a timestep are a list.
  let hasLists: Bool
  let missingClass: Int32

  func append(
    _ record: SequenceRecord, _ content: ParquetExportColumns.Content, rows: Int, _ cells: inout ParquetCells
  ) {
    switch content {
    case .key: cells.append(record.key, rows: rows)
    case .split: cells.append(record.split, rows: rows)
    case .group: cells.append(record.group, rows: rows)
    case .metadata: cells.append(record.metadata, rows: rows)
    case .weight: for _ in 0..<rows { cells.append(record.weight ?? .nan) }
    case .place: each(record, &cells) { $1.append(Int64($0)) }
    case .valid:
      let validity = record.validity
      each(record, &cells) { $1.append(validity?[$0] ?? true) }
    case .feature(let feature):
      guard case .values(let values, let width) = record.input else { return each(record, &cells) { $1.appendNull() } }
      each(record, &cells) { $1.append(values[$0 * width + feature]) }
    case .tokens:
      switch record.input {
      case .tokens(let tokens): each(record, &cells) { $1.append(tokens[$0]) }
      case .texts(let texts): each(record, &cells) { Self.append(texts.codes[$0], missing: 0, &$1) }
      case .values: each(record, &cells) { $1.appendNull() }
      }
    case .label, .value, .values: append(record.target, content, record, rows: rows, &cells)
    case .cells(let place, let extent): append(record.cells[place], extent, record, rows: rows, &cells)
    }
  }

  private func append(
    _ target: RecordTarget, _ content: ParquetExportColumns.Content, _ record: SequenceRecord, rows: Int,
    _ cells: inout ParquetCells
  ) {
    switch (target, content) {
    case (.classPerSequence(let label), _):
      for _ in 0..<rows { Self.append(label.codes[0], missing: missingClass, &cells) }
    case (.classPerTimestep(let labels), _):
      each(record, &cells) { Self.append(labels.codes[$0], missing: missingClass, &$1) }
    case (.values(let values), .value(let place)): for _ in 0..<rows { cells.append(values[place]) }
    case (.values(let values), _):
      for value in values { cells.append(value) }
      cells.endList()
    case (.stepValues(let values, let width), .value(let place)):
      each(record, &cells) { $1.append(values[$0 * width + place]) }
    case (.stepValues(let values, let width), _):
      for t in 0..<record.length {
        for value in values[t * width..<(t + 1) * width] { cells.append(value) }
        cells.endList(depth: 1)
      }
      cells.endList()
    case (.none, _): for _ in 0..<rows { cells.appendNull() }
    }
  }

  private func append(
    _ found: RecordCells, _ extent: Column.Extent, _ record: SequenceRecord, rows: Int, _ cells: inout ParquetCells
  ) {
    func append(_ place: Int, _ cells: inout ParquetCells) {
      switch found {
      case .numbers(let numbers): cells.append(numbers[place])
      case .categories(let texts): Self.append(texts.codes[place], missing: 0, &cells)
      case .times(let times):
        times[place] == ColumnPlanes.missingTime ? cells.appendNull() : cells.append(times[place])
      }
    }
    switch extent {
    case .timestep: each(record, &cells, append)
    case .sequence: for _ in 0..<rows { append(0, &cells) }
    case .labels:
      for _ in 0..<rows {
        for place in 0..<found.count { append(place, &cells) }
        cells.endList()
      }
    }
  }

  private static func append(_ code: Int32, missing: Int32, _ cells: inout ParquetCells) {
    if code == missing { cells.appendNull() } else { cells.append(code: code) }
  }

  /// Adds a cell per timestep: in rows of their own, of which a sequence without timesteps has one, or in a list.
  private func each(
    _ record: SequenceRecord, _ cells: inout ParquetCells, _ body: (Int, inout ParquetCells) -> Void
  ) {
    for t in 0..<record.length { body(t, &cells) }
    if hasLists { cells.endList() } else if record.length == 0 { cells.appendNull() }
  }
}

/// Parquet's bytes into an export's file. A class, as ``ParquetOutput`` asks for one.
private final class ParquetSink: ParquetOutput {
  let name = "parquet"
  private let sink: ExportSink

  init(_ sink: ExportSink) { self.sink = sink }

  func write(_ bytes: [UInt8]) throws { try sink.write(bytes) }
}
