import Ragged

/// What was found in files, as text for a terminal.
struct InspectionPrinter {
  let inspection: FileInspection
  let command: InspectedImport

  /// Columns and files that are listed; of more of them the first.
  private static let (columnLimit, fileLimit) = (60, 12)
  /// Characters of the drawing of a feature.
  private static let drawingWidth = 16

  init(_ inspection: FileInspection, command: InspectedImport) {
    (self.inspection, self.command) = (inspection, command)
  }

  var text: String {
    var sections = [files]
    if !inspection.columns.isEmpty { sections.append(columns) }
    if inspection.lengths.count > 0 { sections.append(sequences) }
    if !notes.isEmpty { sections.append(notes.joined(separator: "\n")) }
    if inspection.description != nil {
      sections.append("\(Style.heading.text("to import it"))\n  \(command.text)")
    }
    return sections.joined(separator: "\n\n")
  }

  // MARK: Files

  private var files: String {
    let files = inspection.files
    guard files.count > 1 else { return files.first.map { heading($0) + traits($0.traits) } ?? "" }
    let columns: [Table.Column] = [
      .init("file", .left), .init("format", .left, rank: 1), .init("size", rank: 2), .init("sequences", rank: 3),
      .init("timesteps", rank: 4), .init("", .left, rank: 5),
    ]
    let rows = files.prefix(Self.fileLimit).map { file in
      [
        file.name, file.format.name, file.byteCount.map(size) ?? "", file.sequences.grouped,
        file.timesteps.grouped, file.fault != nil ? "cannot be read" : file.isWhole ? "" : "and more",
      ]
    }
    let more = files.count - rows.count
    let rest = more > 0 ? "\n\(more.grouped) more \(more == 1 ? "file" : "files")" : ""
    // Where files are written alike, it is said once.
    let first = files.first?.traits ?? []
    let shared = files.allSatisfy { $0.traits == first } ? traits(first) : ""
    let others =
      shared.isEmpty
      ? files.prefix(Self.fileLimit).filter { !$0.traits.isEmpty }.map {
        "\n\($0.name.printable):" + traits($0.traits)
      }.joined()
      : ""
    return Table(columns, rows).text + rest + shared + others
  }

  private func heading(_ file: FileInspection.File) -> String {
    var parts = [file.format.name]
    if let bytes = file.byteCount { parts.append(size(bytes)) }
    if file.isCompressed { parts.append("compressed by gzip") }
    return "\(Style.heading.text(file.name.printable)): \(parts.joined(separator: ", "))"
  }

  private func size(_ bytes: Int) -> String { bytes < 1000 ? bytes.counted("byte") : Format.bytes(bytes) }

  /// A line each: `  delimiter: tab (--delimiter)`.
  private func traits(_ traits: [FileTrait]) -> String {
    traits.map { trait in
      let option = trait.setting.map { " (--\($0.option))" } ?? ""
      return "\n  \(trait.name): \(trait.value.printable)\(option)"
    }.joined()
  }

  // MARK: Columns

  private var columns: String {
    let titles: [Table.Column] = [
      .init("column", .left), .init("kind", .left, rank: 3), .init("role", .left), .init("per", .left, rank: 8),
      .init("missing", rank: 2), .init("min", .decimal, rank: 5), .init("max", .decimal, rank: 6),
      .init("different", rank: 7), .init("examples", .left, rank: 1),
      .init("first sequence", .left, rank: 4),
    ]
    let shown = inspection.columns.prefix(Self.columnLimit)
    let rows = shown.map { column in
      [
        column.name.isEmpty ? "\"\"" : column.name, column.kind == .other ? "" : column.kind.rawValue,
        column.role?.rawValue ?? "?", column.extent?.rawValue ?? "", missing(column),
        column.least.map(Format.figure) ?? "", column.greatest.map(Format.figure) ?? "",
        column.distinct.map(\.grouped) ?? "", column.examples.joined(separator: ", "), drawing(of: column),
      ]
    }
    let hidden = inspection.columns.count - shown.count
    // A column of the table in which nothing stands says nothing.
    let filled = titles.indices.filter { index in index == 0 || rows.contains { !$0[index].isEmpty } }
    let table = Table(filled.map { titles[$0] }, rows.map { row in filled.map { row[$0] } }).text
    return hidden > 0 ? "\(table)\nand \(hidden.counted("column")) more, which --json lists" : table
  }

  private func missing(_ column: ColumnFacts) -> String {
    guard let share = column.missingShare else { return "" }
    return column.missing > 0 && share < 0.0005 ? "< 0.1 %" : Format.percent(share)
  }

  private func drawing(of column: ColumnFacts) -> String {
    guard let first = inspection.first, let description = inspection.description else { return "" }
    if column.role == .feature, case .values(let values, let width) = first.input,
      case .features(let names) = description.input,
      names.count == width, let place = names.firstIndex(exactly: column.name)
    {
      let own = stride(from: place, to: values.count, by: width).map { values[$0] }
      return Sparkline.text(own, width: Self.drawingWidth)
    }
    guard let place = description.columns.firstIndex(where: { $0.name.isExactly(column.name) }),
      first.cells.indices.contains(place), description.columns[place].extent == .timestep,
      case .numbers(let numbers) = first.cells[place]
    else { return "" }
    return Sparkline.text(numbers, width: Self.drawingWidth)
  }

  // MARK: Sequences

  private var sequences: String {
    let lengths = inspection.lengths
    let counts = "\(lengths.count.counted("sequence")), \(lengths.timesteps.counted("timestep"))"
    var extent = inspection.isWhole ? "all of them" : "those looked at; --full looks at all"
    if let estimate = inspection.estimatedSequences, estimate > lengths.count {
      extent = "those looked at, of about \(rounded(estimate)); --full looks at all"
    }
    var lines = ["\(Style.heading.text(counts)) (\(extent))"]
    if let minimum = lengths.minimum, let median = lengths.median, let maximum = lengths.maximum {
      lines.append(
        minimum == maximum
          ? "lengths: all \(minimum.grouped)"
          : "lengths: \(minimum.grouped) to \(maximum.grouped), half of them up to \(Format.figure(median))")
      if minimum < maximum { lines.append(histogram) }
    }
    lines += order
    return lines.joined(separator: "\n")
  }

  /// An estimate with two digits that count.
  private func rounded(_ count: Int) -> String {
    var (rest, zeros) = (count, 1)
    while rest >= 100 { (rest, zeros) = ((rest + 5) / 10, zeros * 10) }
    return (rest * zeros).grouped
  }

  private var histogram: String {
    let bins = inspection.lengths.histogram(bins: 8)
    let most = bins.map(\.count).max() ?? 1
    let room = max(10, min(Terminal.width ?? 80, 80) - 30)
    let rows = bins.map { bin -> [String] in
      let range = bin.lower == bin.upper ? "\(bin.lower)" : "\(bin.lower)–\(bin.upper)"
      let eighths = bin.count * room * 8 / max(1, most)
      let part = eighths % 8 == 0 ? "" : String(UnicodeScalar(0x2590 - UInt32(eighths % 8)).map(Character.init) ?? " ")
      return [range, bin.count.grouped, String(repeating: "█", count: eighths / 8) + part]
    }
    return Table(["  timesteps", "sequences", ""], rows, left: [2]).text
  }

  /// How the rows of sequences lie.
  private var order: [String] {
    guard let order = inspection.order else { return [] }
    var lines: [String] = []
    if order.isGrouped, inspection.scattered == 0 {
      lines.append("rows: those of a sequence stand together")
    } else if order.isGrouped {
      lines.append(
        "rows: those of \(inspection.scattered.counted("sequence")) come back after others, further on in the file")
    } else {
      lines.append(
        "rows: interleaved: the id changes \((order.runs - 1).counted("time")) in \(order.rows.counted("row")) of "
          + order.sequences.counted("sequence"))
    }
    guard let time = order.time, order.rises + order.falls + order.ties > 0 else { return lines }
    let name = "\"\(time.printable)\""
    let ties = order.ties > 0 ? ", \(order.ties.counted("row has", "rows have")) the time of the one before" : ""
    if order.falls == 0 {
      lines.append("times: \(name) never falls within a sequence\(ties)")
    } else if order.rises == 0 {
      lines.append("times: \(name) falls throughout, the newest first\(ties)")
    } else {
      lines.append(
        "times: \(name) falls \(order.falls.counted("time")) and rises \(order.rises.counted("time"))\(ties)")
    }
    return lines
  }

  // MARK: Notes

  private var notes: [String] {
    let isOne = inspection.files.count == 1
    var lines = inspection.notes.map(\.advice)
    var common = CommonNotes(of: inspection.files.count)
    for file in inspection.files {
      let start = isOne ? "" : "\(file.name): "
      lines += common.add(file.notes, of: file.name).map { start + $0.advice }
      lines += file.rejected.map { "at fault: \($0.advice)" }
      let more = file.rejectedCount - file.rejected.count
      if more > 0 { lines.append("\(start)at fault: \(more.grouped) more") }
    }
    lines += common.finish().map(\.advice)
    var seen: Set<String> = []
    return lines.filter { seen.insert($0).inserted }.map { "- \($0)".printable }
  }
}

/// What was found in files, as JSON.
struct InspectionJSON: Encodable {
  struct Trait: Encodable {
    var name: String
    var value: String
    var option: String?
  }

  struct File: Encodable {
    var name: String
    var format: String
    var bytes: Int?
    var isCompressed: Bool
    var traits: [Trait]
    var roles: String?
    var notes: [String]
    var sequences: Int
    var timesteps: Int
    var isWhole: Bool
    var rejected: [String]
    var rejectedCount: Int
    var fault: String?
  }

  struct Column: Encodable {
    var name: String
    var kind: ColumnFacts.Kind
    var role: ColumnFacts.Role?
    var extent: String?
    var cells: Int
    var missing: Int
    var missingShare: Double?
    var different: Int?
    var minimum: Double?
    var maximum: Double?
    var examples: [String]
  }

  struct Lengths: Encodable {
    var minimum: Int?
    var median: Double?
    var mean: Double?
    var maximum: Int?
    var histogram: [LengthStatistics.Bin]
  }

  struct Order: Encodable {
    var rows: Int
    var sequences: Int
    var runs: Int
    var isGrouped: Bool
    var time: String?
    var rises: Int
    var falls: Int
    var ties: Int
  }

  var files: [File]
  var columns: [Column]
  var sequences: Int
  var timesteps: Int
  var isWhole: Bool
  var estimatedSequences: Int?
  var lengths: Lengths
  var scattered: Int
  var order: Order?
  var notes: [String]
  var fault: String?
  var command: String?

  init(_ inspection: FileInspection, command: String) {
    files = inspection.files.map { file in
      File(
        name: file.name, format: file.format.name, bytes: file.byteCount, isCompressed: file.isCompressed,
        traits: file.traits.map { Trait(name: $0.name, value: $0.value, option: $0.setting.map { "--\($0.option)" }) },
        roles: file.roles, notes: file.notes.map(\.advice), sequences: file.sequences, timesteps: file.timesteps,
        isWhole: file.isWhole, rejected: file.rejected.map(\.advice), rejectedCount: file.rejectedCount,
        fault: file.fault?.advice)
    }
    columns = inspection.columns.map { column in
      Column(
        name: column.name, kind: column.kind, role: column.role, extent: column.extent?.rawValue, cells: column.cells,
        missing: column.missing, missingShare: column.missingShare, different: column.distinct,
        minimum: column.least, maximum: column.greatest, examples: column.examples)
    }
    let lengths = inspection.lengths
    (sequences, timesteps, isWhole) = (lengths.count, lengths.timesteps, inspection.isWhole)
    estimatedSequences = inspection.estimatedSequences
    self.lengths = Lengths(
      minimum: lengths.minimum, median: lengths.median, mean: lengths.mean, maximum: lengths.maximum,
      histogram: lengths.histogram(bins: 12))
    scattered = inspection.scattered
    order = inspection.order.map { order in
      Order(
        rows: order.rows, sequences: order.sequences, runs: order.runs, isGrouped: order.isGrouped, time: order.time,
        rises: order.rises, falls: order.falls, ties: order.ties)
    }
    notes = inspection.notes.map(\.advice)
    fault = inspection.firstFault?.advice
    self.command = inspection.description == nil ? nil : command
  }
}
