import RaggedCore

/// Reads text, or the numbers that its lines hold.
///
/// Where nothing says how text is to be cut and all lines hold numbers, they are a table without names: lines of different
/// lengths are sequences, and so are blocks of lines between blank ones. Lines of one length may be either, which is asked.
struct ShapedTextReader: FormatReader {
  let input: InputBytes
  private let source: InputSource
  private let options: TextOptions
  private var inner: HeldReader?

  init(_ source: InputSource, options: TextOptions) throws {
    (self.source, self.options) = (source, options)
    input = try InputBytes(source)
    input.readAsText(options.encoding)
  }

  var hasRowPerTimestep: Bool? { inner?.reader.hasRowPerTimestep }

  mutating func description() throws -> InputDescription {
    try with { reader in try reader.description() }
  }

  mutating func roles() throws -> String { try with { reader in try reader.roles() } }
  mutating func takeNotes() throws -> [InputNote] { try with { reader in try reader.takeNotes() } }
  mutating func next() throws -> SequenceRecord? { try with { reader in try reader.next() } }

  private mutating func with<Result>(_ body: (inout any FormatReader) throws -> Result) throws -> Result {
    if inner == nil { inner = HeldReader(reader: try opened()) }
    guard let result = try inner?.with(body) else { throw source.fault("cannot be opened") }
    return result
  }

  private func opened() throws -> any FormatReader {
    if options.layout == nil, options.isOfText { return TextReader(source, input, options: options) }
    let shape = try TextShape(of: input, options: options)
    guard options.layout != nil || shape != nil else { return TextReader(source, input, options: options) }
    guard let layout = options.layout ?? shape?.layout else {
      var error = source.fault(
        "each line holds \((shape?.width ?? 0).counted("number")): whether a line is a sequence or the file is not said"
      )
      if shape?.areWholeAlone == true {
        error.problem = "lines hold whole numbers alone: whether they are values or tokens is not said"
      }
      error.remedy = .sayWhatLinesAre
      throw error
    }
    let delimiter = shape?.delimiter ?? options.delimiter?.utf8.first ?? 0x20
    var table = TableOptions(
      id: options.idColumn.map { "c\($0)" },
      target: options.classColumn.map { ["c\($0)"] } ?? (options.hasNoTarget ? [] : nil), missing: options.missing,
      delimiter: String(UnicodeScalar(delimiter)), hasHeader: shape?.hasHeader ?? false, classes: options.classes,
      layout: layout, maximumLineBytes: options.maximumLineBytes)
    (table.featureNames, table.channelOrder) = (options.featureNames, options.channelOrder)
    return ShapedTableReader(source, input, options: table, delimiter: delimiter)
  }
}

extension TextOptions {
  /// Whether something is asked for that text alone has.
  fileprivate var isOfText: Bool {
    unit != nil || textColumn != nil || idColumn != nil || classColumn != nil || keepsEmptyLines
      || !labelColumns.isEmpty
  }
}

/// What lines of numbers are.
struct TextShape {
  let delimiter: UInt8
  /// The cells of the first line of numbers.
  let width: Int
  let hasHeader: Bool
  /// What a line is; nil where it may be a sequence or a timestep.
  private(set) var layout: RowLayout?
  /// Whether there is no number that is not whole, so that lines may be tokens.
  private(set) var areWholeAlone = false

  /// nil where a line holds anything but numbers, or none holds two.
  init?(of input: InputBytes, options: TextOptions) throws {
    let (bytes, isEnd) = try input.lookAhead(lines: TableSample.rowCount, limit: TableHead.maximumBytes)
    let whole = Array(isEnd ? bytes[...] : bytes[..<((bytes.lastIndex(of: 0x0A) ?? -1) + 1)])
    let candidates: [UInt8] = options.delimiter?.utf8.first.map { [$0] } ?? TextShape.delimiters
    for candidate in candidates {
      guard let shape = TextShape(whole, candidate) else { continue }
      self = shape
      return
    }
    return nil
  }

  /// Whether lines hold numbers, in whatever way they are separated.
  static func holdsNumbers(_ bytes: [UInt8]) -> Bool { delimiters.contains { TextShape(bytes, $0) != nil } }

  private static let delimiters: [UInt8] = [0x20, 0x2C, 0x3B, 0x09]

  private init?(_ bytes: [UInt8], _ delimiter: UInt8) {
    var rows = RowReader(
      lines: LineReader(InputBytes(bytes, named: "", isDecoded: true), maximumLineBytes: Int.max, capacity: 64 << 10),
      delimiter: delimiter)
    var (lines, widths, hasFraction, hasPadding, hasHeader) = (0, [Int](), false, false, false)
    var previous = 0
    var blocks: [Int] = []
    while (try? rows.next()) == true {
      if rows.cells.isEmpty { continue }
      let numbers = rows.cells.count { $0.decimalNumber != nil }
      let rest = rows.cells.count { $0.isPadding }
      lines += 1
      guard numbers + rest == rows.cells.count, numbers > 0 || rest == rows.cells.count else {
        guard lines == 1, rows.cells.count > 1, numbers == 0 else { return nil }
        hasHeader = true
        previous = rows.line
        continue
      }
      if rows.line > previous + 1 || blocks.isEmpty { blocks.append(0) }
      blocks[blocks.count - 1] += 1
      previous = rows.line
      widths.append(rows.cells.count)
      if rows.cells.last?.isPadding == true { hasPadding = true }
      if !hasFraction { hasFraction = rows.cells.contains { $0.decimalNumber.map { !$0.isInteger } ?? false } }
    }
    guard let first = widths.first, widths.contains(where: { $0 > 1 }) else { return nil }
    (self.delimiter, width, self.hasHeader) = (delimiter, first, hasHeader)
    areWholeAlone = !hasFraction
    if blocks.count > 1, blocks.contains(where: { $0 > 1 }), widths.allSatisfy({ $0 == first }) {
      layout = .blocks
    } else if !hasHeader, hasFraction, widths.count > 1, hasPadding || !widths.allSatisfy({ $0 == first }) {
      layout = .wide
    }
  }
}
