import RaggedCore

/// Reads `.ts`, the time-series format of sktime, aeon and the UCR archive: a line a series, dimensions separated by
/// `:`, values by `,`, then the label.
///
/// `?` and `NaN` are missing values.
/// With `@timeStamps true` values are written `(time,value)`; times must be the same in all dimensions and are kept in
/// the metadata as the array `timestamps`, as written. Keys are `<file>/1`, `<file>/2`, … by position in the file.
/// A dimension without any value is a series of no timesteps. What the header promises is checked on every line.
struct TimeSeriesReader: LineFormatReader {
  let lines: LineReader
  private let options: TimeSeriesOptions
  private let stem: String
  private var parser: TimeSeriesParser?
  private var pending: ByteSlice?
  private var position = 0

  init(_ source: InputSource, options: TimeSeriesOptions) throws {
    lines = LineReader(
      try InputBytes(source), maximumLineBytes: options.maximumLineBytes, encoding: options.encoding)
    self.options = options
    stem = source.keyStem
  }

  mutating func description() throws -> InputDescription {
    let parser = try prepared()
    let names = options.featureNames ?? "f".numbers(parser.dimensions)
    let target: InputDescription.Target =
      switch parser.header.label {
      case .none: .none
      case .classes: .classPerSequence(declared: parser.classes)
      case .value: .valuesPerSequence(options.targetValueNames ?? ["target"])
      }
    return InputDescription(input: .features(names), target: target)
  }

  mutating func roles() throws -> String {
    let parser = try prepared()
    let label =
      switch parser.header.label {
      case .none: ""
      case .classes: "; target (class): the last part of the line"
      case .value: "; target (values): the last part of the line"
      }
    return "id: file and position; features: \(parser.dimensions.counted("dimension"))\(label)"
  }

  /// What was rounded.
  mutating func takeNotes() -> [InputNote] { parser?.notes.take() ?? [] }

  /// What the header says.
  mutating func facts() throws -> InputFacts {
    guard let parser = try? prepared() else { return InputFacts() }
    var facts = InputFacts()
    facts.traits = [FileTrait("keys", "file and position"), FileTrait("dimensions", "\(parser.dimensions)")]
    if let isEqual = parser.header.isEqualLength {
      facts.traits.append(FileTrait("equal lengths", isEqual ? "yes" : "no"))
    }
    if parser.header.hasTimestamps { facts.traits.append(FileTrait("timestamps", "yes")) }
    return facts
  }

  mutating func next() throws -> SequenceRecord? {
    _ = try prepared()
    guard let line = try pending ?? nextLine() else { return nil }
    pending = nil
    position += 1
    let key = "\(stem)/\(position)"
    do {
      if let fault = lines.textFault(line) { throw fault }
      guard var record = try parser?.record(line, lines.line) else { return nil }
      record.key = key
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
      if !text.isEmpty, !TimeSeriesHeader.isComment(text) { return text }
    }
    return nil
  }

  private mutating func prepared() throws -> TimeSeriesParser {
    if let parser { return parser }
    let header = try TimeSeriesHeader(lines)
    func fault(_ problem: String) -> InputError {
      InputError(file: lines.file, line: header.dataLine, problem: problem, isFatal: true)
    }
    guard let first = try nextLine() else { throw fault("no series follow @data") }
    pending = first
    let dimensions = header.declaredDimensions ?? TimeSeriesParser.dimensions(of: first, header)
    if let names = options.featureNames, names.count != dimensions {
      throw fault("the series have \(dimensions.counted("dimension")), but \(names.count) feature names are given")
    }
    let targetNames = options.targetValueNames ?? ["target"]
    if targetNames.count != 1, header.label == .value {
      throw fault("the target is one value, but \(targetNames.count) names are given for it")
    }
    let parser = TimeSeriesParser(header: header, dimensions: dimensions, classes: options.classes, file: lines.file)
    self.parser = parser
    return parser
  }
}
