import RaggedCore

/// What the first thousand rows of a table say of its columns, so that no role is guessed from one row; or what those of
/// several tables say together.
struct TableSample {
  /// The number of rows that are looked at, if there are that many.
  static let rowCount = 1000
  /// Rows from which on a column that counts them does not do so by chance.
  private static let fewestCounted = 10

  struct Column {
    /// Rows that were looked at.
    var cells = 0
    /// Cells that are numbers, and of these those written with a point or an exponent.
    var numbers = 0
    var reals = 0
    /// Cells that are empty, and all that stand for a missing value, these among them.
    var empty = 0
    var missing = 0
    /// Cells that are anything else, and one of them.
    var texts = 0
    /// Those of these that are numbers written in a way that is not read, those that say true or false, and the first of either.
    var odd = 0
    var truths = 0
    var oddity: String?
    /// Numbers with a point whose value is whole, such as 1.0.
    var wholeReals = 0
    /// The first number that float32 would move by one or more.
    var unheld: String?
    /// Whether each number is that of the row before and one more.
    var counts = true
    /// The most cells of one file, where the rows are those of several.
    fileprivate var longest = 0
    /// Cells that are numbers or other times, and of these those that are no numbers.
    var times = 0
    var dates = 0
    /// Those of the dates in which the order of day and month may be either.
    fileprivate var written = WrittenDates()
    /// Cells of text with a bar between two parts, as lists of labels have it, and the first of them.
    var lists = 0
    var list: String?
    /// The magnitudes of the largest and the smallest number, and whether one has more than 19 digits.
    var largest = 0.0
    var smallest = Double.infinity
    var hasLongNumber = false
    /// Whether the cell changes within a sequence, and from one sequence to the next.
    var changesWithin = false
    var changesBetween = false
    /// Steps within a sequence at which the time becomes later, earlier, and neither.
    var rises = 0
    var falls = 0
    var ties = 0
    /// Sequences of more than one row.
    var longSequences = 0
    /// Rows whose cell is another than that of the row before, the first among them.
    var runs = 0
    /// The different cells that are not missing, by their hashes.
    var distinct: Set<Int> = []
    /// The first of them.
    var examples: [String] = []
    /// A file of several in which it is text, and what a cell is there; and one in which it is numbers.
    var textFile: (name: String, cell: String)?
    var numberFile: String?
    /// The cell of the first row of all.
    fileprivate var first: [UInt8]?
    fileprivate var cell: [UInt8] = []
    fileprivate var count: UInt64?
  }

  /// What the rows of one sequence were so far.
  private struct Sequence {
    var rows = 0
    var first: [[UInt8]]
    var times: [TimePoint?]
  }

  private(set) var columns: [Column] = []
  private(set) var names: [String] = []
  private(set) var rows = 0
  /// Sequences, and how often the id is another than in the row before; nil where no column is the id.
  private(set) var order: (sequences: Int, runs: Int)?
  /// Whether these are all rows of the file.
  var isAll = false
  private(set) var ids = SampleIDs()
  /// The number of files whose rows these are.
  private(set) var files = 1
  /// What a row stands for.
  var word = "row"

  /// No rows at all.
  init() {}

  /// What the first rows hold; those of another number of cells than there are columns are passed over.
  /// - Parameter mayEndEarly: whether a row lacks its last cells rather than being passed over.
  init(
    _ head: TableHead, options: TableOptions, rowCount: Int = TableSample.rowCount, mayEndEarly: Bool = false
  ) {
    names = head.names
    guard !head.isEmpty else { return }
    let resolver = TableLayoutResolver(names: names, options: options, file: "", line: 0)
    let idColumn = (try? resolver.headerLayout())?.id
    let areBlocks = options.layout == .blocks
    var guesses = TableGuesses()
    guesses.form = head.dialect.form
    let cells = TableCells(names: names, options: options, file: "", guesses: guesses)
    columns = names.map { _ in Column() }
    var sequences: [Int: Sequence] = [:]
    var (id, runs, last): ([UInt8]?, Int, Int) = (nil, 0, 0)
    var isCut = false
    head.forEachRowOfBlocks(withHeader: mayEndEarly && !options.hasHeader) { row, _, block in
      var row = row
      if mayEndEarly, let last = row.last {
        let missing = max(0, columns.count - row.count)
        row = Array(row.prefix(columns.count)) + Array(repeating: last.slice(0..<0), count: missing)
      }
      guard row.count == columns.count else { return }
      guard rows < rowCount else { return isCut = true }
      if let idColumn {
        if id.map({ !row[idColumn].equals($0) }) ?? true {
          id = row[idColumn].array
          runs += 1
        }
      } else if runs == 0 || areBlocks && block != last {
        runs += 1
      }
      last = block
      let number = idColumn.map { ids.take(row[$0]).number } ?? runs
      take(row, of: number, &sequences, cells)
      rows += 1
    }
    if idColumn != nil { order = (sequences.count, runs) }
    isAll = head.isAll && !isCut
    for index in columns.indices { columns[index].settleDates() }
  }

  private mutating func take(
    _ row: [ByteSlice], of number: Int, _ sequences: inout [Int: Sequence], _ cells: TableCells
  ) {
    var sequence =
      sequences.removeValue(forKey: number)
      ?? Sequence(first: row.map(\.array), times: Array(repeating: nil, count: row.count))
    sequence.rows += 1
    for index in columns.indices {
      columns[index].compare(row[index], with: sequence.rows == 1 ? nil : sequence.first[index])
      if sequence.rows == 2 { columns[index].longSequences += 1 }
      let point = columns[index].take(row[index], cells)
      columns[index].note(point, after: sequence.times[index])
      sequence.times[index] = point
    }
    sequences[number] = sequence
  }

  /// Makes it a sample of `count` columns, where it could not be read.
  mutating func fit(_ count: Int) {
    if columns.count != count { (columns, rows) = (Array(repeating: Column(), count: count), 0) }
  }

  /// Whether a column counts the rows of the file.
  func countsRows(_ column: Int) -> Bool {
    let column = columns[column]
    return (files > 1 ? column.longest : column.cells) >= TableSample.fewestCounted && column.counts
      && column.numbers == column.cells
  }

  /// Whether a column holds nothing at all.
  func isEmpty(_ column: Int) -> Bool { columns[column].cells > 0 && columns[column].empty == columns[column].cells }

  /// Whether a column is the same in all rows of each sequence, and not in all sequences.
  func isPerSequence(_ column: Int) -> Bool {
    columns[column].longSequences > 1 && !columns[column].changesWithin && columns[column].changesBetween
  }

  /// The first column that may be the id where none is called so: texts or whole numbers, none missing, with several rows to
  /// most cells, and a name that is an id's; or else one whose rows of one cell stand together.
  var likelyID: Int? { namedID ?? repeatedColumns.first { columns[$0].runs == columns[$0].distinct.count } }

  /// The same, by its name alone.
  var namedID: Int? {
    repeatedColumns.first { index in
      names[index].lowercased().split { !$0.isLetter }.contains { TableSample.idWords.contains(String($0)) }
    }
  }

  private var repeatedColumns: [Int] {
    let repeated = columns.indices.filter { index in
      let column = columns[index]
      return column.missing == 0 && column.reals == 0 && column.dates == 0 && column.distinct.count > 1
        && 3 * column.distinct.count <= 2 * column.cells
    }
    return repeated
  }

  private static let idWords: Set<String> = [
    "id", "case", "caseid", "trace", "run", "key", "session", "sessionid", "user", "userid", "subject", "subjectid",
    "patient",
    "patientid", "sequence", "series", "stroke", "trial", "recording", "episode", "trip", "document", "sentence",
    "utterance",
  ]

  /// How many rows were looked at: `the 12 rows`, `the first 1,000 rows`, `the first 3,000 rows of 3 files`.
  var extent: String {
    (isAll ? "the " : "the first ") + (rows == 1 ? word : "\(rows.grouped) \(word)s")
      + (files > 1 ? " of \(files) files" : "")
  }
}

extension TableSample {
  /// The sample of one file as that of several, to which others are added.
  init(_ sample: TableSample, of file: String) {
    self = sample
    for index in columns.indices {
      columns[index].name(file)
      columns[index].longest = columns[index].cells
    }
  }

  /// Adds the rows of another file, column by column as they are called; columns that are not here yet come last.
  mutating func add(_ other: TableSample, of file: String) {
    var places = TableSample.places(of: names)
    let others = TableSample.places(of: other.names).sorted { $0.value < $1.value }
    for (key, index) in others where other.columns.indices.contains(index) {
      var column = other.columns[index]
      column.name(file)
      if let place = places[key] {
        columns[place].add(column)
      } else {
        places[key] = columns.count
        columns.append(column)
        names.append(other.names[index])
      }
    }
    rows += other.rows
    files += 1
    if other.ids.comeBack { ids = other.ids }
    isAll = isAll && other.isAll
  }

  /// What it says of a file with columns of these names, in their order.
  func ordered(as names: [String]) -> TableSample {
    let places = TableSample.places(of: self.names)
    var sample = self
    sample.columns = Array(repeating: Column(), count: names.count)
    for (key, index) in TableSample.places(of: names) {
      if let place = places[key] { sample.columns[index] = columns[place] }
    }
    sample.names = names
    return sample
  }

  /// A column by its name and how many before it are called the same.
  private struct Key: Hashable {
    var name: ExactName
    var repetition: Int
  }

  private static func places(of names: [String]) -> [Key: Int] {
    var (places, counts): ([Key: Int], [ExactName: Int]) = ([:], [:])
    for (index, name) in names.enumerated() {
      places[Key(name: ExactName(name), repetition: counts[ExactName(name), default: 0])] = index
      counts[ExactName(name), default: 0] += 1
    }
    return places
  }
}

extension TableSample.Column {
  /// Whether it is text in one file of several, and numbers in another.
  var isTextInOne: Bool { textFile != nil && numberFile != nil }

  /// Whether most of its cells are text, none being a number at all or fewer than of the others.
  var isText: Bool { texts > 0 && (numbers == 0 || numbers < texts) }

  fileprivate mutating func name(_ file: String) {
    if isText, textFile == nil { textFile = (file, examples.first ?? "") }
    if numbers > 0, !isText, numberFile == nil { numberFile = file }
  }

  fileprivate mutating func add(_ other: TableSample.Column) {
    longest = max(longest, other.cells)
    cells += other.cells
    (numbers, reals, wholeReals) = (numbers + other.numbers, reals + other.reals, wholeReals + other.wholeReals)
    (empty, missing, texts) = (empty + other.empty, missing + other.missing, texts + other.texts)
    (times, dates) = (times + other.times, dates + other.dates)
    written.add(other.written)
    (lists, list) = (lists + other.lists, list ?? other.list)
    (odd, truths, oddity) = (odd + other.odd, truths + other.truths, oddity ?? other.oddity)
    (unheld, counts) = (unheld ?? other.unheld, counts && other.counts)
    (largest, smallest) = (max(largest, other.largest), min(smallest, other.smallest))
    hasLongNumber = hasLongNumber || other.hasLongNumber
    changesWithin = changesWithin || other.changesWithin
    changesBetween =
      changesBetween || other.changesBetween || first != nil && other.first != nil && first != other.first
    (rises, falls, ties) = (rises + other.rises, falls + other.falls, ties + other.ties)
    (longSequences, runs) = (longSequences + other.longSequences, runs + other.runs)
    distinct.formUnion(other.distinct)
    for example in other.examples where examples.count < 3 && !examples.contains(example) { examples.append(example) }
    textFile = textFile ?? other.textFile
    numberFile = numberFile ?? other.numberFile
  }

  /// Holds a cell against that of the row before, that of the first row of all, and that of its sequence, nil for the
  /// sequence's first.
  fileprivate mutating func compare(_ cell: ByteSlice, with first: [UInt8]?) {
    cells += 1
    if runs == 0 || !cell.equals(self.cell) {
      runs += 1
      self.cell = cell.array
    }
    if let first {
      if !cell.equals(first) { changesWithin = true }
    } else if let begun = self.first {
      if !cell.equals(begun) { changesBetween = true }
    } else {
      self.first = cell.array
    }
  }

  /// - Returns: the cell as a time, nil where it is none.
  fileprivate mutating func take(_ cell: ByteSlice, _ sample: TableCells) -> TimePoint? {
    let text = cell.trimmed
    let number = sample.form.number(text)
    var point: TimePoint? = if let number, !number.isTruncated { .number(number) } else { sample.form.time(text) }
    if point == nil, let other = WrittenTime(text) {
      point = other.plainTime.map(TimePoint.calendar)
      if other.hasOrder {
        times += 1
        dates += 1
        written.take(other, text)
      }
    }
    if let point {
      times += 1
      if number == nil, case .calendar = point { dates += 1 }
    }
    if distinct.count <= TableSample.rowCount, !text.isMissingMark, !sample.isMissing(cell) {
      let isNew = distinct.insert(cell.array.hashValue).inserted
      if isNew, examples.count < 3 { examples.append(text.excerpt) }
    }
    guard let number else {
      counts = false
      if text.isEmpty { empty += 1 }
      if text.isMissingMark || sample.isMissing(cell) {
        missing += 1
      } else if text.isNotFinite {
        numbers += 1
      } else {
        texts += 1
        if text.isOddNumber { odd += 1 } else if text.isTruthWord { truths += 1 }
        if odd + truths > 0, oddity == nil { oddity = text.excerpt }
        if text.hasBar {
          lists += 1
          list = list ?? text.excerpt
        }
      }
      return point
    }
    if sample.isMissing(cell) {
      counts = false
      missing += 1
      return point
    }
    numbers += 1
    if number.isTruncated { hasLongNumber = true }
    (largest, smallest) = (max(largest, number.magnitude), min(smallest, number.isNegative ? 0 : number.magnitude))
    if !number.isInteger {
      reals += 1
      if number.isWhole { wholeReals += 1 }
    }
    if unheld == nil, !number.isHeld { unheld = text.text }
    if number.natural == nil || count.map({ number.significand != $0 &+ 1 }) ?? false { counts = false }
    count = number.significand
    return point
  }

  /// In which order day and month stand; nil where there are no such dates.
  var writtenOrder: WrittenOrder? { written.order }

  /// What is a date in no order that all have is none.
  fileprivate mutating func settleDates() {
    guard written.count > 0, written.count < dates || written.order == nil else { return }
    dates -= written.count
    times -= written.count
    written = WrittenDates()
  }

  /// Counts how the time goes on in a sequence.
  fileprivate mutating func note(_ point: TimePoint?, after before: TimePoint?) {
    guard let point, let before, let order = point.order(to: before) else { return }
    if order > 0 { rises += 1 } else if order < 0 { falls += 1 } else { ties += 1 }
  }

  /// The unit in which its numbers are times since 1970, of the years 1990 to 2060; nil where they are others. Seconds are
  /// ten digits that may count anything.
  var epochUnit: TimeUnit? {
    guard numbers > 0, reals == 0, texts == 0, unheld != nil, !hasLongNumber else { return nil }
    let units: [TimeUnit] = [.seconds, .milliseconds, .microseconds, .nanoseconds]
    return units.first { unit in
      var scale = 1.0
      for _ in 0..<(6 - unit.rawValue) { scale *= 10 }
      return smallest >= 631_152_000 * scale && largest <= 2_840_140_800 * scale
    }
  }
}

extension ByteSlice {
  /// Whether a bar stands between two parts: `sil|a|b`.
  fileprivate var hasBar: Bool {
    guard let bar = firstIndex(of: 0x7C, from: 0) else { return false }
    return bar > 0 && bar + 1 < count
  }

  /// Its text, of a long one the beginning.
  fileprivate var excerpt: String {
    let text = self.text
    return text.count > 40 ? text.prefix(39) + "…" : text
  }
}

extension DecimalNumber {
  /// Whether its value is a whole number, however it is written.
  var isWhole: Bool {
    if exponent >= 0 || significand == 0 { return true }
    guard !isTruncated, exponent > -20 else { return false }
    return significand % (0..<(-exponent)).reduce(UInt64(1)) { power, _ in power * 10 } == 0
  }

  /// About how large it is.
  fileprivate var magnitude: Double {
    var result = Double(significand)
    for _ in 0..<min(400, abs(exponent)) { result *= exponent < 0 ? 0.1 : 10 }
    return result
  }

  /// Whether float32 holds it, or is less than one away from it: false for whole numbers, and for numbers with a point
  /// beyond them, that come out as others. What is written with an exponent is meant to be rounded.
  @inline(__always)
  var isHeld: Bool { significand <= 1 << 24 || isHeldAsLong }

  @inline(never)
  private var isHeldAsLong: Bool {
    // A positive exponent is that of an "e", or of digits beyond the 19 that are kept.
    if exponent > 0 { return !isInteger }
    guard exponent > -20 else { return true }
    let whole = significand / (0..<(-exponent)).reduce(UInt64(1)) { power, _ in power * 10 }
    return whole <= 1 << 24 || UInt64(exactly: Float(whole)) == whole
  }
}

extension ByteSlice {
  /// Whether the cell looks as if a value were missing: empty, or a word or sign that stands for it.
  var isMissingMark: Bool {
    let text = trimmed
    switch text.count {
    case 0: return true
    case 1: return text[0] == 0x2D || text[0] == 0x3F  // - ?
    case 2...4:
      return text.equalsIgnoringCase("na") || text.equalsIgnoringCase("n/a") || text.equalsIgnoringCase("nan")
        || text.equalsIgnoringCase("nil") || text.equalsIgnoringCase("null") || text.equalsIgnoringCase("none")
        || text.equalsIgnoringCase("-nan") || text.equalsIgnoringCase("#n/a")
    default: return false
    }
  }
}
