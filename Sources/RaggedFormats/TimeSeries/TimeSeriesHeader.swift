/// What stands before `@data` in a `.ts` file. Tags are read in any case, labels keep theirs.
struct TimeSeriesHeader {
  /// What `@classLabel` and `@targetLabel` say of the last part of each line.
  enum Label: Equatable {
    case none
    /// A class of the declared set; nil where the header declares none.
    case classes([String]?)
    /// A number.
    case value
  }

  /// The most dimensions that a header may claim: each gets a name before any series shows that it is there.
  private static let dimensionLimit = 1 << 20

  var hasTimestamps = false
  /// nil where the header does not say.
  var mayMiss: Bool?
  var isUnivariate: Bool?
  var dimensions: Int?
  var isEqualLength: Bool?
  var seriesLength: Int?
  var label = Label.none
  /// The line of `@data`.
  var dataLine = 0

  /// Reads the header up to and with `@data`.
  /// - Throws: ``InputError``, always fatal.
  init(_ lines: LineReader) throws {
    while let line = try lines.next() {
      if let fault = lines.textFault(line, isFatal: true) { throw fault }
      let text = line.trimmed
      if text.isEmpty || TimeSeriesHeader.isComment(text) { continue }
      guard text[0] == 0x40 else {
        throw lines.fault("\(text.quoted) stands before @data, expected a tag such as @classLabel", isFatal: true)
      }
      let words = text.text.split(whereSeparator: \.isWhitespace).map(String.init)
      if words[0].lowercased() == "@data" {
        dataLine = lines.line
        if isUnivariate == true, let dimensions, dimensions != 1 {
          throw lines.fault("the header says @univariate true and @dimensions \(dimensions)", isFatal: true)
        }
        return
      }
      try take(words, lines)
    }
    throw lines.source.fault(lines.line == 0 ? "the file is empty" : "there is no @data line")
  }

  /// Whether a line that is not empty is a comment, which begins with `#` or, as in ARFF, with `%`.
  static func isComment(_ line: ByteSlice) -> Bool { line[0] == 0x23 || line[0] == 0x25 }

  private mutating func take(_ words: [String], _ lines: LineReader) throws {
    switch words[0].lowercased() {
    case "@timestamps": hasTimestamps = try TimeSeriesHeader.truth(words, lines)
    case "@missing": mayMiss = try TimeSeriesHeader.truth(words, lines)
    case "@univariate": isUnivariate = try TimeSeriesHeader.truth(words, lines)
    case "@equallength": isEqualLength = try TimeSeriesHeader.truth(words, lines)
    case "@dimensions", "@dimension":
      let count = try TimeSeriesHeader.count(words, lines)
      guard count <= TimeSeriesHeader.dimensionLimit else {
        throw lines.fault("\(words[0]) is \(count), expected at most \(TimeSeriesHeader.dimensionLimit)", isFatal: true)
      }
      dimensions = count
    case "@serieslength": seriesLength = try TimeSeriesHeader.count(words, lines)
    case "@classlabel":
      guard try TimeSeriesHeader.truth(words, lines) else { return }
      let classes = Array(words.dropFirst(2))
      if let twice = classes.firstRepeated {
        throw lines.fault("@classLabel names the class \(twice.quotedForMessage) twice", isFatal: true)
      }
      try set(.classes(classes.isEmpty ? nil : classes), lines)
    case "@targetlabel": if try TimeSeriesHeader.truth(words, lines) { try set(.value, lines) }
    default: break
    }
  }

  private mutating func set(_ label: Label, _ lines: LineReader) throws {
    guard self.label == .none else {
      throw lines.fault("the header has more than one true @classLabel or @targetLabel", isFatal: true)
    }
    self.label = label
  }

  /// Dimensions of each series where the header says.
  var declaredDimensions: Int? { dimensions ?? (isUnivariate == true ? 1 : nil) }

  private static func truth(_ words: [String], _ lines: LineReader) throws -> Bool {
    switch words.dropFirst().first?.lowercased() {
    case "true": return true
    case "false": return false
    case let other:
      let found = other.map(\.quotedForMessage) ?? "without a value"
      throw lines.fault("\(words[0]) is \(found), expected true or false", isFatal: true)
    }
  }

  private static func count(_ words: [String], _ lines: LineReader) throws -> Int {
    guard words.count == 2, let count = Int(words[1]), count > 0 else {
      let found = words.count < 2 ? "without a value" : words[1].quotedForMessage
      throw lines.fault("\(words[0]) is \(found), expected a number above 0", isFatal: true)
    }
    return count
  }
}
