import RaggedCore

/// Turns the cells of a table into values, or into errors that name column, cell and expectation.
struct TableCells {
  private let names: [String]
  private let file: String
  private let missing: [[UInt8]]
  /// Those of them that are numbers, which also stand for a missing value where they are written otherwise.
  private let missingNumbers: [DecimalNumber]
  private let classes: [String]?
  private let classSet: Set<ExactName>?
  private let guesses: TableGuesses
  /// Words for a missing value as the options have them.
  private let missingWords: [String]
  /// How numbers are written.
  let form: NumberForm
  private let labelSeparator: String
  /// Whether only an empty text is missing, since the format tells texts from missing ones.
  private let hasTypes: Bool

  init(names: [String], options: TableOptions, file: String, guesses: TableGuesses = TableGuesses()) {
    self.names = names
    self.file = file
    self.guesses = guesses
    missingWords = options.missing
    labelSeparator = options.labelSeparator ?? TableOptions.defaultLabelSeparator
    hasTypes = options.typed != nil
    let form = guesses.form
    self.form = form
    missing = options.missing.map { Array($0.utf8) }
    missingNumbers = options.missing.compactMap { $0.withByteSlice { form.number($0) ?? $0.decimalNumber } ?? nil }
    classes = options.roles.classes
    classSet = options.roles.classes?.exactNames
  }

  func name(_ column: Int) -> String { names[column].quotedForMessage }

  /// An error on a line.
  func fault(_ line: Int, _ problem: String, _ remedy: InputRemedy? = nil) -> InputError {
    InputError(file: file, line: line, problem: problem, remedy: remedy)
  }

  /// Whether the cell stands for a missing value: as a word that is written so, or as an equal number.
  func isMissing(_ cell: ByteSlice) -> Bool {
    if missing.contains(where: { cell.equals($0) }) { return true }
    guard !missingNumbers.isEmpty, let number = form.number(cell) else { return false }
    return missingNumbers.contains { $0.order(to: number) == 0 }
  }

  /// The number in a cell, nil where it is missing.
  func numberUnlessMissing(_ row: [ByteSlice], _ column: Int, _ line: Int) throws -> Float? {
    if !missing.isEmpty, isMissing(row[column]) { return nil }
    let parsed = form.float(row[column])
    if case .value(let value) = parsed { return value }
    if row[column].trimmed.isMissingWord { return nil }
    throw numberFault(
      row[column], column, line,
      missingRemedy(row[column])
        ?? (parsed == .invalid && guesses.numbers.contains(column) ? .takeAsText(names[column]) : nil))
  }

  /// Whether a cell of text is missing.
  func isMissingText(_ cell: ByteSlice) -> Bool {
    (hasTypes ? cell.isEmpty : cell.isMissingWord) || isMissing(cell)
  }

  /// The labels in a cell, none where it is missing.
  func labels(_ row: [ByteSlice], _ column: Int, _ line: Int) throws -> [String] {
    if isMissingText(row[column]) { return [] }
    return try row[column].parts(between: Array(labelSeparator.utf8)).map { part in
      guard !part.isEmpty else {
        throw fault(
          line,
          "column \(name(column)) is \(row[column].quoted), which has an empty label: expected one on each side of every "
            + labelSeparator.quotedForMessage)
      }
      return part.text
    }
  }

  /// Whether a cell of a target's class is missing: a class may be called `NA` or `null`.
  func isMissingClass(_ cell: ByteSlice) -> Bool { cell.isEmpty || isMissing(cell) }

  /// The time in a cell without blanks around it; nil where it is none that is written so.
  @inline(__always)
  func point(_ cell: ByteSlice, _ format: TimeFormat) -> TimePoint? {
    if form.isPlain { return format.point(cell) }
    return (format.takesNumbers ? form.number(cell).flatMap { _ in form.time(cell) } : nil) ?? format.point(cell)
  }

  /// The time in a cell, in microseconds; `ColumnPlanes.missingTime` where it is missing.
  func time(_ row: [ByteSlice], _ column: Int, _ line: Int, _ format: TimeFormat) throws -> Int64 {
    let cell = row[column].trimmed
    if cell.isMissingWord || isMissing(row[column]) { return ColumnPlanes.missingTime }
    guard let time = point(cell, format) else {
      throw fault(
        line,
        "column \(name(column)) is \(row[column].quoted), which is no time that is understood: expected \(format.words)",
        format.undecidedIn == nil ? .takeAsText(names[column]) : .sayTimeFormat)
    }
    return try microseconds(time, format.unit, row[column], column, line)
  }

  func microseconds(_ time: TimePoint, _ unit: TimeUnit, _ cell: ByteSlice, _ column: Int, _ line: Int) throws -> Int64
  {
    if let microseconds = time.microseconds(unit) { return microseconds }
    throw fault(
      line, "column \(name(column)) is \(cell.quoted), which is beyond the times that can be kept",
      .skipColumns([names[column]]))
  }

  /// The number in a cell.
  /// - Parameter remedy: what helps where a cell is none.
  func number(_ row: [ByteSlice], _ column: Int, _ line: Int, _ remedy: InputRemedy? = nil) throws -> Float {
    if case .value(let value) = form.float(row[column]) { return value }
    throw numberFault(row[column], column, line, remedy)
  }

  private func numberFault(_ cell: ByteSlice, _ column: Int, _ line: Int, _ remedy: InputRemedy?) -> InputError {
    numberFault(cell, named: names[column], line, remedy)
  }

  /// What is wrong with a cell that is no number, in a column of this name.
  func numberFault(_ cell: ByteSlice, named name: String, _ line: Int, _ remedy: InputRemedy?) -> InputError {
    let shown = "column \(name.quotedForMessage) is \(cell.isEmpty ? "empty" : cell.quoted)"
    return switch form.float(cell) {
    case .overflow: fault(line, "\(shown), which overflows float32")
    case .notFinite: fault(line, "\(shown), expected a finite number", remedy)
    case .invalid, .value:
      fault(line, "\(shown), expected a number\(form.isPlain ? "" : " \(form.words)")", marksRemedy(cell) ?? remedy)
    }
  }

  /// How to read a cell that would be a number if numbers were written otherwise.
  private func marksRemedy(_ cell: ByteSlice) -> InputRemedy? {
    guard let shape = NumberShape(cell), !shape.fits(form) else { return nil }
    return .sayNumberMarks(shape.marks)
  }

  /// How to accept a cell that looks like a missing value.
  func missingRemedy(_ cell: ByteSlice) -> InputRemedy? {
    guard cell.isMissingMark, cell.count <= 20 else { return nil }
    return .acceptMissing(missingWords + [cell.text])
  }

  /// The value of a target that was taken for one; nil where it is missing.
  func targetValue(_ row: [ByteSlice], _ column: Int, _ line: Int) throws -> Float? {
    if row[column].trimmed.isMissingWord || isMissing(row[column].trimmed) || isMissing(row[column]) { return nil }
    return try number(
      row, column, line, guesses.hasValues ? .sayTargetKind(values: [], classes: [.classPerSequence]) : nil)
  }

  /// The sample weight in a cell, nil where it is empty.
  func weight(_ row: [ByteSlice], _ column: Int, _ line: Int) throws -> Float? {
    if row[column].isEmpty { return nil }
    let value = try number(row, column, line)
    guard value >= 0 else {
      throw fault(line, "column \(name(column)) is \(row[column].quoted), expected a weight that is not negative")
    }
    return value
  }

  func token(_ row: [ByteSlice], _ column: Int, _ line: Int) throws -> Int32 {
    guard let number = form.number(row[column])?.natural, let token = Int32(exactly: number) else {
      throw fault(line, "column \(name(column)) is \(row[column].quoted), expected an index from 0 to \(Int32.max)")
    }
    return token
  }

  /// Checks that a cell is empty or a JSON object.
  func checkObject(_ row: [ByteSlice], _ column: Int, _ line: Int) throws {
    guard !row[column].isEmpty, !row[column].isJSONObject else { return }
    throw fault(line, "column \(name(column)) is \(row[column].quoted), expected a JSON object")
  }

  /// The class in a cell that is not missing.
  func label(_ row: [ByteSlice], _ column: Int, _ line: Int) throws -> String {
    if guesses.hasWholeClasses, form.number(row[column]).map({ !$0.isInteger }) ?? false {
      throw fault(
        line,
        "column \(name(column)) is \(row[column].quoted), but in \(guesses.extent) it was taken for a class, whole numbers all",
        .sayTargetKind(values: [.valuesPerSequence], classes: [.classPerSequence]))
    }
    let label = row[column].text
    if let classSet, !classSet.contains(ExactName(label)) {
      throw fault(
        line,
        "column \(name(column)) is \(row[column].quoted), expected one of the declared classes "
          + (classes ?? []).listedForMessage)
    }
    return label
  }

  func truth(_ row: [ByteSlice], _ column: Int, _ line: Int) throws -> Bool {
    let cell = row[column].trimmed
    if cell.count == 1, cell[0] == 0x31 || cell[0] == 0x30 { return cell[0] == 0x31 }
    if cell.equalsIgnoringCase("true") || cell.equalsIgnoringCase("yes") { return true }
    if cell.equalsIgnoringCase("false") || cell.equalsIgnoringCase("no") { return false }
    throw fault(line, "column \(name(column)) is \(row[column].quoted), expected true, false, 1, 0, yes or no")
  }
}

extension ByteSlice {
  /// What stands between the places where the separator is.
  func parts(between separator: [UInt8]) -> [ByteSlice] {
    guard let first = separator.first else { return [self] }
    var (parts, start, at) = ([ByteSlice](), 0, 0)
    while let found = firstIndex(of: first, from: at) {
      at = found + 1
      guard found + separator.count <= count, slice(found..<found + separator.count).equals(separator) else { continue }
      parts.append(slice(start..<found))
      start = found + separator.count
      at = start
    }
    return parts + [slice(start..<count)]
  }

  /// Whether the cell is empty or a word for a missing value: `NA`, `NaN` or `null`, in letters of any case.
  @inline(__always)
  var isMissingWord: Bool { count == 0 || count <= 4 && isWord }

  private var isWord: Bool {
    equalsIgnoringCase("na") || equalsIgnoringCase("nan") || equalsIgnoringCase("null") || equalsIgnoringCase("-nan")
  }
}
