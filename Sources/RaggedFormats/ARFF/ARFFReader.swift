import RaggedCore

/// Reads `.arff`, Weka's attribute-relation file format, as the UEA and UCR archive has series in it: a row a series.
///
/// Flat, the numeric attributes are the timesteps of one dimension. With a relational attribute, its value is a text of rows,
/// a row a dimension, with `\n` between them. `?` is a missing value; timesteps at the end of which nothing is known are
/// padding, and no timesteps. A weight `{0.5}` behind a row is the sequence's. Sparse rows, `{0 1.5, 3 2}`, are refused.
/// Keys are `<file>/1`, `<file>/2`, … unless an attribute has them.
struct ARFFReader: LineFormatReader {
  let lines: LineReader
  private let options: ARFFOptions
  private let source: InputSource
  private var layout: ARFFLayout?
  private var row: ARFFRow?
  private var pending: ByteSlice?
  private var position = 0
  private var isWhole = false

  /// The most dimensions of a series: each gets a name before any is read.
  private static let dimensionLimit = 1 << 20

  init(_ source: InputSource, options: ARFFOptions) throws {
    lines = LineReader(try InputBytes(source), maximumLineBytes: options.maximumLineBytes, encoding: options.encoding)
    self.options = options
    self.source = source
  }

  mutating func description() throws -> InputDescription {
    let (layout, dimensions) = try prepared()
    let names = options.featureNames ?? "f".numbers(dimensions)
    let target: InputDescription.Target =
      switch layout.target {
      case .none: .none
      case .label(let declared): .classPerSequence(declared: declared)
      case .values(let names): .valuesPerSequence(names)
      }
    return InputDescription(
      input: .features(names), target: target, columns: layout.columns,
      classColumn: target.isClass ? layout.targetNames[0] : SequenceSignature.classColumn)
  }

  mutating func roles() throws -> String {
    let (layout, dimensions) = try prepared()
    return layout.words(dimensions: dimensions)
  }

  mutating func facts() -> InputFacts {
    guard let (layout, dimensions) = try? prepared() else { return InputFacts() }
    var facts = InputFacts()
    facts.traits = [
      FileTrait("encoding", lines.source.textForm.encoding.rawValue, .encoding),
      FileTrait("delimiter", ","),
      FileTrait("decimal mark", "."),
      FileTrait("missing values", "?"),
      FileTrait("comments", "lines that begin with \"%\""),
      FileTrait("keys", layout.id ?? "file and position", .id),
      FileTrait("dimensions", "\(dimensions)"),
    ]
    return facts
  }

  /// What was rounded, and what was taken for padding.
  mutating func takeNotes() -> [InputNote] { row?.takeNotes(isWhole: isWhole) ?? [] }

  mutating func next() throws -> SequenceRecord? {
    let (layout, _) = try prepared()
    guard let line = try pending ?? nextLine() else {
      isWhole = true
      return nil
    }
    pending = nil
    position += 1
    var key = "\(source.keyStem)/\(position)"
    do {
      if let fault = lines.textFault(line) { throw fault }
      guard var record = try row?.record(line, layout, lines) else { return nil }
      if layout.id != nil { key = record.key } else { record.key = key }
      return record
    } catch var error as InputError {
      error.key = key
      if !lines.isTerminated { error.problem += "; the file ends in the middle of this line, or without a newline" }
      throw error
    }
  }

  /// The next line that is neither empty nor a comment.
  private func nextLine() throws -> ByteSlice? {
    while let line = try lines.next() {
      let text = line.trimmed
      if !text.isEmpty, text[0] != 0x25 { return text }
    }
    return nil
  }

  private mutating func prepared() throws -> (ARFFLayout, dimensions: Int) {
    if let layout, let row { return (layout, row.dimensions) }
    let header = try ARFFHeader(lines)
    let layout = try ARFFLayout(header, options, source)
    func fault(_ problem: String) -> InputError {
      InputError(file: lines.file, line: header.dataLine, problem: problem, isFatal: true)
    }
    guard let first = try nextLine() else { throw fault("no rows follow @data") }
    pending = first
    let dimensions = layout.isRelational ? ARFFRow.dimensions(of: first, layout) : 1
    guard dimensions <= Self.dimensionLimit else {
      throw fault("the first series has \(dimensions) rows, expected at most \(Self.dimensionLimit)")
    }
    if let names = options.featureNames, names.count != dimensions {
      throw fault("the series have \(dimensions.counted("dimension")), but \(names.count) feature names are given")
    }
    row = ARFFRow(dimensions: dimensions, layout)
    self.layout = layout
    return (layout, dimensions)
  }
}
