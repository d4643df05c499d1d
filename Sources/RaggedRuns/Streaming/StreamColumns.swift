import RaggedCore
import RaggedFormats
import RaggedTraining

/// The columns that a model's inputs are made of, as they come with a timestep, and what of the timesteps before is needed to make the
/// inputs of them.
struct StreamColumns: Sendable {
  /// Numbers, categories with the model's dictionaries, and the times that something is derived from.
  let columns: [Column]
  let chosen: ChosenColumns
  /// The codes of the names of each column; none for one that is no category.
  private let codes: [[ExactName: Int32]]
  /// Whether the one column is tokens, which have no name of their own in some files.
  private let isTokens: Bool
  /// Finds begin and end among the model's names; nil where there are none.
  private let fit: SignatureFit?

  /// What is carried from piece to piece of a sequence, beside the states of layers.
  struct Past: Sendable, Equatable {
    var hasBegun = false
    /// The columns of the sequence, which do not change.
    var statics = BatchCells.none
    /// The times of the first timestep, and the last ones that were there.
    var firstTimes: [Int64] = []
    var earlierTimes: [Int64] = []
    /// What the timestep before had in the column that orders them.
    var order: Double?
    /// Rows of outputs so far.
    var rows = 0
  }

  /// The cells of a column in a piece: `[T]`, or one for a column of the sequence.
  enum Cells {
    /// NaN where one is missing.
    case numbers([Float])
    case codes([Int32])
    /// `ColumnPlanes.missingTime` where one is missing.
    case times([Int64])
  }

  /// - Parameters:
  ///   - input: the model's.
  ///   - ends: whether its sequences have a begin and an end.
  ///   - names: the columns that there are, where that is known; what is not among them may be derived from a time.
  init(_ input: InputSignature, ends: Bool, among names: [String]? = nil) throws {
    var columns: [Column] = []
    func add(_ column: Column) {
      if !columns.contains(where: { $0.name.isExactly(column.name) }) { columns.append(column) }
    }
    for name in input.timestep.numbers {
      add(Self.time(of: name, among: names).map { Column($0, .time) } ?? Column(name, .number))
    }
    for category in input.timestep.categories {
      // The begin and the end are added to those of the data.
      let vocabulary = ends ? category.vocabulary?.droppingEnds : category.vocabulary
      add(
        Column(
          category.name, .category, size: ends ? max(1, category.size - 2) : category.size, vocabulary: vocabulary))
    }
    for name in input.statics.numbers { add(Column(name, .number, per: .sequence)) }
    for category in input.statics.categories {
      add(Column(category.name, .category, per: .sequence, size: category.size, vocabulary: category.vocabulary))
    }
    self.columns = columns
    isTokens = input.tokens != nil
    codes = columns.map { $0.vocabulary?.indexByToken() ?? [:] }
    chosen = try ColumnChoice(
      inputs: input.timestep.names + input.statics.names, target: [], ends: ends ? true : nil
    ).columns(of: columns)
    fit =
      ends
      ? try SignatureFit(
        data: chosen.signature, model: SequenceSignature(input: input, target: .none), needsTargets: false) : nil
  }

  /// The time column that a number is derived from; nil for one that is a column itself.
  static func time(of name: String, among names: [String]?) -> String? {
    if let names, names.containsExactly(name) { return nil }
    for derivation in TimeDerivation.allCases {
      for ending in derivation.names(of: "") where name.hasSuffix(ending) && name.count > ending.count {
        return String(name.dropLast(ending.count))
      }
    }
    return nil
  }

  /// The code of a name in a column: that of the unknown one where the model does not know it.
  func code(of name: String, column: Int) -> Int32 {
    name.isEmpty || name == Vocabulary.unknownText
      ? Vocabulary.unknownIndex : codes[column][ExactName(name)] ?? Vocabulary.unknownIndex
  }

  /// The piece of a sequence as the model takes it.
  /// - Parameters:
  ///   - cells: those of each of ``columns``.
  ///   - length: its timesteps.
  ///   - past: that of the timesteps before, which becomes that after the piece.
  /// - Throws: `TrainingError` for a number that is infinite, and a column of the sequence that has changed.
  func piece(
    _ cells: [Cells], length: Int, validity: [Bool]?, _ past: inout Past
  ) throws -> SequenceBatch {
    let reads = chosen.reads
    var planes = ColumnPlanes(offsets: [0, length])
    planes.steps = try plane(reads.numbers, reads.codes, cells, rows: length, validity)
    planes.statics = try plane(reads.staticNumbers, reads.staticCodes, cells, rows: 1, nil)
    if past.hasBegun, planes.statics != past.statics { throw changed(planes.statics, past.statics) }
    let missing = Array(repeating: ColumnPlanes.missingTime, count: reads.times.count)
    var times: [[Int64]] = []
    for place in reads.times { if case .times(let column) = cells[place] { times.append(column) } }
    planes.times = (0..<length).flatMap { t in times.map { $0[t] } }
    planes.earlierTimes = past.hasBegun ? past.earlierTimes : missing
    planes.firstTimes = past.hasBegun ? past.firstTimes : length > 0 ? times.map { $0[0] } : missing
    let first = planes.firstTimes
    var valid = validity
    if chosen.hasEnds {
      (planes, valid) = chosen.withEnds(planes, valid, [PartEnds(begins: !past.hasBegun && length > 0, ends: false)])
    }
    let statics = planes.statics
    let made = try chosen.batch(planes, validity: valid, ids: [0])
    let batch = try fit?.transform(made) ?? made
    guard length > 0 else { return batch }
    if !past.hasBegun { (past.firstTimes, past.earlierTimes, past.statics) = (first, missing, statics) }
    past.hasBegun = true
    for (place, column) in times.enumerated() {
      if let last = column.last(where: { $0 != ColumnPlanes.missingTime }) { past.earlierTimes[place] = last }
    }
    return batch
  }

  private func plane(
    _ numbers: [Int], _ codes: [Int], _ cells: [Cells], rows: Int, _ validity: [Bool]?
  ) throws -> BatchCells {
    var result = BatchCells(featureCount: numbers.count, codeCount: codes.count)
    result.values = Array(repeating: 0, count: rows * numbers.count)
    var observed: [Bool]?
    for (f, place) in numbers.enumerated() {
      guard case .numbers(let column) = cells[place] else { continue }
      for t in 0..<rows {
        if column[t].isFinite {
          result.values[t * numbers.count + f] = column[t]
        } else if column[t].isNaN {
          if observed == nil { observed = Array(repeating: true, count: result.values.count) }
          observed?[t * numbers.count + f] = false
        } else if validity?[t] ?? true {
          throw TrainingError(
            .dataMismatch, "column \"\(columns[place].name)\" is \(column[t]), expected a finite number")
        }
      }
    }
    result.observed = observed
    result.codes = Array(repeating: 0, count: rows * codes.count)
    for (c, place) in codes.enumerated() {
      guard case .codes(let column) = cells[place] else { continue }
      for t in 0..<rows { result.codes[t * codes.count + c] = column[t] }
    }
    return result
  }

  private func changed(_ now: BatchCells, _ before: BatchCells) -> TrainingError {
    let reads = chosen.reads
    let numbers = reads.staticNumbers.indices.first {
      now.isObserved(0, $0) != before.isObserved(0, $0) || now.values[$0] != before.values[$0]
    }
    let codes = reads.staticCodes.indices.first { now.codes[$0] != before.codes[$0] }
    let place = numbers.map { reads.staticNumbers[$0] } ?? codes.map { reads.staticCodes[$0] }
    let name = place.map { columns[$0].name } ?? ""
    return TrainingError(
      .dataMismatch,
      "column \"\(name)\" is another than at the timesteps before, and the model was trained on one cell of it per sequence"
    )
  }
}

extension Vocabulary {
  /// Without the begin and the end: of a model that was trained, names that it never saw are none.
  fileprivate var droppingEnds: Vocabulary {
    Vocabulary(
      unit: unit,
      tokens: tokens.filter { !$0.isExactly(ChosenColumns.beginName) && !$0.isExactly(ChosenColumns.endName) })
  }
}

extension StreamColumns {
  /// Where the cells of a column stand in records.
  enum Place: Sendable {
    case feature(Int)
    case cells(Int)
    /// They are the whole input.
    case tokens
  }

  /// Where the cells of each column stand in the records of a description.
  /// - Throws: `TrainingError` for a column that is not there, or is of another kind.
  func places(in description: InputDescription) throws -> [Place] {
    let features = description.input.featureNames ?? []
    let known = features + description.columns.map(\.name)
    return try columns.map { column in
      if column.kind == .category, isTokens, description.input.featureNames == nil {
        if case .text(let unit) = description.input, let kept = column.vocabulary?.unit, kept != unit {
          throw TrainingError(
            .dataMismatch, "the data's text was cut into \(unit.rawValue), the model's into \(kept.rawValue)")
        }
        return .tokens
      }
      if column.kind == .number, let feature = features.firstIndex(exactly: column.name) { return .feature(feature) }
      guard let place = description.columns.firstIndex(where: { $0.name.isExactly(column.name) }) else {
        throw TrainingError(
          .dataMismatch,
          "the data has no \(column.kind.rawValue) column \"\(column.name)\", which the model needs: "
            + (known.isEmpty ? "it has no columns" : "it has \(known.quotedList)"))
      }
      let found = description.columns[place]
      guard found.kind == column.kind, found.extent != .labels else {
        throw TrainingError(
          .dataMismatch,
          "column \"\(column.name)\" is \(found.summary) in the data, and the model needs a \(column.kind.rawValue)")
      }
      return .cells(place)
    }
  }

  /// The cells of a record.
  /// - Throws: `TrainingError` for a record that does not fit.
  func cells(of record: SequenceRecord, at places: [Place]) throws -> [Cells] {
    try zip(columns.indices, zip(columns, places)).map { index, pair in
      let (column, place) = pair
      return try fitted(cells(index, column, place, record), to: column, length: record.length)
    }
  }

  private func cells(_ index: Int, _ column: Column, _ place: Place, _ record: SequenceRecord) throws -> Cells {
    switch place {
    case .feature(let feature):
      guard case .values(let values, let width) = record.input else { return .numbers([]) }
      if width == values.count { return .numbers([values[feature]]) }
      return .numbers(stride(from: feature, to: values.count, by: width).map { values[$0] })
    case .tokens:
      switch record.input {
      case .texts(let texts): return .codes(texts.map { code(of: $0, column: index) })
      case .tokens(let tokens):
        guard column.vocabulary == nil else {
          throw TrainingError(.dataMismatch, "the data has token numbers, the model was trained on names")
        }
        if let wrong = tokens.first(where: { $0 < 0 || $0 >= column.size }) {
          throw TrainingError(.dataMismatch, "token \(wrong), expected 0 to \(column.size - 1)")
        }
        return .codes(tokens)
      case .values: return .codes([])
      }
    case .cells(let place):
      switch record.cells[place] {
      case .numbers(let numbers): return .numbers(numbers)
      case .times(let times): return .times(times)
      case .categories(let texts):
        guard column.vocabulary != nil else {
          throw TrainingError(
            .dataMismatch, "\"\(column.name)\" holds names in the data, and codes without names in the model's")
        }
        return .codes(texts.map { code(of: $0, column: index) })
      }
    }
  }

  /// The cells as the column has them: one for a sequence, or one at each timestep.
  private func fitted(_ cells: Cells, to column: Column, length: Int) throws -> Cells {
    let wanted = column.extent == .sequence ? 1 : length
    func fit<Cell>(_ values: [Cell], missing: Cell, _ areSame: (Cell, Cell) -> Bool) throws -> [Cell] {
      if values.count == wanted, column.extent != .sequence || wanted == 1 { return values }
      guard let first = values.first else { return Array(repeating: missing, count: wanted) }
      guard values.allSatisfy({ areSame($0, first) }) else {
        throw TrainingError(
          .dataMismatch,
          column.extent == .sequence
            ? "column \"\(column.name)\" changes within the sequence, and the model was trained on one cell of it per sequence"
            : "column \"\(column.name)\" has \(values.count.counted("cell")), expected \(wanted)")
      }
      return Array(repeating: first, count: wanted)
    }
    switch cells {
    case .numbers(let values): return .numbers(try fit(values, missing: .nan) { $0 == $1 || $0.isNaN && $1.isNaN })
    case .codes(let values): return .codes(try fit(values, missing: Vocabulary.unknownIndex, ==))
    case .times(let values): return .times(try fit(values, missing: ColumnPlanes.missingTime, ==))
    }
  }
}
