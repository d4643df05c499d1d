import RaggedCore

/// Turns the cells of further columns into numbers. Names get codes as they come, from 1 on; 0 is that of a missing cell.
struct CellEncoder: Sendable {
  private let fit: RecordFit
  private let extendsVocabulary: Bool
  /// The names of each category column, in the order of these among the columns.
  private var names: [NameTable] = []
  private var codes: [CodeMap]
  /// The place of each column among the category columns, where it is one.
  private let categories: [Int]
  /// Of each column what its cells are, and what they belong to: a `Column` holds more than is copied for every sequence.
  private let kinds: [(kind: Column.Kind, extent: Column.Extent)]
  private let numberColumns, staticNumberColumns: [Column]

  init(_ fit: RecordFit, extendsVocabulary: Bool) {
    (self.fit, self.extendsVocabulary) = (fit, extendsVocabulary)
    kinds = fit.further.map { ($0.kind, $0.extent) }
    numberColumns = fit.further.filter { $0.kind == .number && $0.extent == .timestep }
    staticNumberColumns = fit.further.filter { $0.kind == .number && $0.extent == .sequence }
    categories = fit.further.indices.map { place in fit.further[..<place].count { $0.kind == .category } }
    for column in fit.further where column.kind == .category {
      names.append(NameTable(column.vocabulary?.tokens ?? [], firstIndex: 1))
    }
    codes = names.map { _ in CodeMap() }
  }

  /// The columns with the names that came.
  var columns: [Column] {
    var next = 0
    return fit.further.map { column in
      guard column.kind == .category else { return column }
      defer { next += 1 }
      var column = column
      let vocabulary = Vocabulary(unit: .words, tokens: names[next].names)
      (column.vocabulary, column.size) = (vocabulary, vocabulary.size)
      return column
    }
  }

  /// What the codes from 1 on stand for in the category column at this place.
  func names(ofColumn place: Int) -> [String] { names[categories[place]].names }

  /// The number of names of each column.
  var mark: [Int] { names.map { $0.names.count } }

  mutating func forgetNames(since mark: [Int]) {
    for (index, count) in mark.enumerated() where names[index].names.count > count {
      names[index].removeAll(behind: count)
      codes[index] = CodeMap()
    }
  }

  /// The cells of a record. O(cells).
  /// - Throws: ``RecordFault``; no name has been added then.
  mutating func encode(_ record: SequenceRecord) throws -> EncodedColumns {
    if fit.further.isEmpty, record.cells.isEmpty { return EncodedColumns() }
    // Checks come before anything that adds a name.
    let length = record.length
    let cells = try kinds.indices.map { try record.cells(of: fit, $0, kinds[$0], length: length) }
    var result = EncodedColumns()
    var (numbers, staticNumbers, times): ([[Float]], [[Float]], [[Int64]]) = ([], [], [])
    for (place, cells) in cells.enumerated() {
      switch cells {
      case .numbers(let values):
        if kinds[place].extent == .sequence { staticNumbers.append(values) } else { numbers.append(values) }
      case .times(let values): times.append(values)
      case .categories: break
      }
    }
    try result.steps.take(numbers, numberColumns)
    try result.statics.take(staticNumbers, staticNumberColumns)
    result.times = Self.rows(times)
    var (steps, statics): ([[Int32]], [[Int32]]) = ([], [])
    for (place, cells) in cells.enumerated() {
      guard case .categories(let texts) = cells else { continue }
      switch kinds[place].extent {
      case .timestep: steps.append(indices(texts, categories[place]))
      case .sequence: statics.append([index(texts[0], categories[place])])
      case .labels: result.labels.append(indices(texts, categories[place]))
      }
    }
    (result.steps.codes, result.steps.codeCount) = (Self.rows(steps), steps.count)
    (result.statics.codes, result.statics.codeCount) = (Self.rows(statics), statics.count)
    return result
  }

  private mutating func index(_ name: String, _ column: Int) -> Int32 {
    if name.isEmpty || name == Vocabulary.unknownText { return Vocabulary.unknownIndex }
    return extendsVocabulary ? names[column].index(adding: name) : names[column].index(name) ?? Vocabulary.unknownIndex
  }

  private mutating func indices(_ texts: Categories, _ column: Int) -> [Int32] {
    // Taken out, so that the table can change beside it.
    var map = CodeMap()
    swap(&map, &codes[column])
    defer { swap(&map, &codes[column]) }
    map.begin(texts.names)
    var result: [Int32] = []
    result.reserveCapacity(texts.count)
    for code in texts.codes { result.append(map.index(code) { index($0, column) }) }
    return result
  }

  /// Columns beside each other, row-major.
  static func rows<Cell: BitwiseCopyable>(_ columns: [[Cell]]) -> [Cell] {
    guard columns.count > 1 else { return columns.first ?? [] }
    let (width, length) = (columns.count, columns[0].count)
    return [Cell](unsafeUninitializedCapacity: width * length) { result, initialized in
      for (place, column) in columns.enumerated() {
        column.withUnsafeBufferPointer { column in
          for row in 0..<length { result.initializeElement(at: row * width + place, to: column[row]) }
        }
      }
      initialized = width * length
    }
  }
}

extension BatchCells {
  /// Takes the numbers of columns, NaN where one was not observed.
  fileprivate mutating func take(_ numbers: [[Float]], _ columns: [Column]) throws {
    if numbers.isEmpty { return }
    let found = try RecordEncoder.observed(
      CellEncoder.rows(numbers), width: max(1, columns.count), isPerTimestep: columns.first?.extent == .timestep
    ) { "column \"\(columns[$0].name)\"" }
    (values, observed, featureCount) = (found.values, found.observed, columns.count)
  }
}

extension SequenceRecord {
  /// The same of the column at a place, taken as they are where they fit, which is what most are.
  @inline(__always)
  fileprivate func cells(
    of fit: RecordFit, _ place: Int, _ kind: (kind: Column.Kind, extent: Column.Extent), length: Int
  ) throws -> RecordCells {
    if case .cells(let index, let extent) = fit.places[place], cells.indices.contains(index),
      extent == kind.extent, extent != .labels, kind.kind != .time || extent != .sequence,
      cells[index].kind == kind.kind, cells[index].count == (extent == .sequence ? 1 : length)
    {
      return cells[index]
    }
    return try cells(of: fit.further[place], at: fit.places[place])
  }

  /// The cells of a column of the dataset, as many as its extent asks for.
  /// - Throws: ``RecordFault`` where they are of another kind or number, or change within the sequence where the column is
  ///   one of the sequence.
  fileprivate func cells(of column: Column, at place: RecordFit.Place) throws -> RecordCells {
    let isPerTimestep = column.extent == .timestep || column.kind == .time
    let count = column.extent == .labels ? 0 : isPerTimestep ? length : 1
    switch place {
    case .nowhere:
      switch column.kind {
      case .number: return .numbers(Array(repeating: .nan, count: count))
      case .category: return .categories(Categories(codes: Array(repeating: 0, count: count), names: [""]))
      case .time: return .times(Array(repeating: ColumnPlanes.missingTime, count: count))
      }
    case .feature(let feature):
      return try .numbers(feature < input.featureCount ? input.column(feature) : []).fitted(
        to: column, .timestep, length: length)
    case .cells(let place, let extent):
      guard cells.indices.contains(place) else {
        throw RecordFault("\(cells.count.counted("column")) beside input and target, but there is \"\(column.name)\"")
      }
      return try cells[place].fitted(to: column, extent, length: length)
    }
  }

  /// The numbers of these columns, a row per timestep.
  func rows(of places: [RecordFit.Place], names: [String]) throws -> [Float] {
    let columns = try zip(places, names).map { place, name -> [Float] in
      guard case .numbers(let numbers) = try cells(of: Column(name, .number), at: place) else { return [] }
      return numbers
    }
    return CellEncoder.rows(columns)
  }
}

extension RecordInput {
  fileprivate var featureCount: Int { if case .values(_, let count) = self { count } else { 0 } }

  fileprivate func column(_ feature: Int) -> [Float] {
    guard case .values(let values, let width) = self else { return [] }
    return stride(from: feature, to: values.count, by: width).map { values[$0] }
  }
}

extension RecordCells {
  /// The cells as a column of the dataset has them: those of a sequence at each of its timesteps, or the other way round.
  fileprivate func fitted(to column: Column, _ extent: Column.Extent, length: Int) throws -> RecordCells {
    guard kind == column.kind else {
      throw RecordFault("column \"\(column.name)\" holds \(kind.words), expected \(column.kind.words)")
    }
    // How long a list is says nothing of the sequence; that both have lists was checked before the first record.
    if extent == .labels || column.extent == .labels { return self }
    let (expected, wanted) = (extent == .timestep ? length : 1, column.kind == .time ? .timestep : column.extent)
    guard count == expected else {
      throw RecordFault("column \"\(column.name)\" has \(count.counted("cell")), expected \(expected)")
    }
    if extent == wanted { return self }
    if wanted == .timestep { return selecting { _ in 0 }(length) }
    if length == 0 { return missing }
    guard isConstant else {
      throw RecordFault(
        "column \"\(column.name)\" changes within the sequence, but the dataset has one cell of it per sequence")
    }
    return selecting { $0 }(1)
  }

  /// The cells at these places, for each number of them.
  private func selecting(_ place: @escaping (Int) -> Int) -> (Int) -> RecordCells {
    { count in
      let places = (0..<count).map(place)
      return switch self {
      case .numbers(let numbers): .numbers(places.map { numbers[$0] })
      case .times(let times): .times(places.map { times[$0] })
      case .categories(let texts): .categories(Categories(codes: places.map { texts.codes[$0] }, names: texts.names))
      }
    }
  }

  /// One missing cell.
  private var missing: RecordCells {
    switch self {
    case .numbers: .numbers([.nan])
    case .times: .times([ColumnPlanes.missingTime])
    case .categories: .categories(Categories([""]))
    }
  }

  private var isConstant: Bool {
    switch self {
    case .numbers(let numbers): numbers.allSatisfy { $0 == numbers[0] || $0.isNaN && numbers[0].isNaN }
    case .times(let times): times.allSatisfy { $0 == times[0] }
    case .categories(let texts): texts.allSatisfy { $0.isExactly(texts[0]) }
    }
  }
}
