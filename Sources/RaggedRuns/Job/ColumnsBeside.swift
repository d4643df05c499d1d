import RaggedCore

extension Prediction {
  /// A column of the data that stands beside a prediction.
  public struct Column: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// A text a row, nil where a cell is missing; of a column that the sequence has once, the same in each row.
    public var cells: [String?]
  }
}

/// Columns of the data that stand beside predictions: of any kind, the model's inputs or not, and `group`.
public struct ColumnsBeside<Source: GroupableSource> {
  private let source: Source
  /// The columns in the order in which they were named.
  private let places: [Place]
  private let names: [String]
  private let columns: Source
  /// The positions in `columns` of the sequences of `source`.
  private let positions: [Int]

  private enum Place {
    case group
    case number(Int)
    case category(Int)
    case staticNumber(Int)
    case staticCategory(Int)
  }

  /// - Parameters:
  ///   - names: names of columns, or `group`.
  ///   - source: where sequences and columns are.
  ///   - isPerTimestep: whether there is a prediction for each timestep.
  /// - Throws: `RaggedCoreError` for a column that is not there or has a cell per timestep where a prediction has none; what
  ///   the source throws.
  public init(_ names: [String], of source: Source, isPerTimestep: Bool) throws {
    (self.source, self.names) = (source, names)
    let chosen = names.filter { $0 != "group" }
    columns = try source.choosing(ColumnChoice(inputs: chosen, target: []))
    let input = columns.signature.input
    places = try names.map { name in
      if name == "group" { return .group }
      if let place = input.statics.numbers.firstIndex(where: name.isExactly) { return .staticNumber(place) }
      if let place = input.statics.categories.firstIndex(where: { $0.name.isExactly(name) }) {
        return .staticCategory(place)
      }
      guard isPerTimestep else {
        throw RaggedCoreError(
          .wrongColumn, "column \"\(name)\" has a cell per timestep, and there is a prediction per sequence")
      }
      if let place = input.timestep.numbers.firstIndex(where: name.isExactly) { return .number(place) }
      if let place = input.timestep.categories.firstIndex(where: { $0.name.isExactly(name) }) {
        return .category(place)
      }
      throw RaggedCoreError(.wrongColumn, "column \"\(name)\" cannot stand beside predictions")
    }
    let byKey = Dictionary(
      zip(try columns.keys(Array(0..<columns.count)).lazy.map { ExactName($0) }, 0...),
      uniquingKeysWith: { first, _ in first })
    positions = try source.keys(Array(0..<source.count)).map { key in
      guard let place = byKey[ExactName(key)] else {
        throw RaggedCoreError(
          .outOfRange, "sequence \"\(key)\" is not among those that have the columns \(chosen.quotedList)")
      }
      return place
    }
  }

  /// The columns of each of some sequences.
  /// - Parameters:
  ///   - wanted: their positions in the source.
  ///   - isPerTimestep: whether there is a row for each timestep rather than one for the sequence.
  /// - Returns: a list a sequence.
  public func cells(_ wanted: [Int], isPerTimestep: Bool) throws -> [[Prediction.Column]] {
    let batch = try columns.gather(wanted.map { positions[$0] })
    let groups = places.contains { if case .group = $0 { true } else { false } } ? try source.groups(wanted) : []
    let input = columns.signature.input
    func text(_ cells: BatchCells, row: Int, number place: Int) -> String? {
      let index = row * cells.featureCount + place
      let value = cells.values[index]
      return cells.observed?[index] == false || value.isNaN ? nil : "\(value)"
    }
    func text(_ cells: BatchCells, row: Int, category place: Int, of columns: ColumnSet) -> String? {
      let code = cells.codes[row * cells.codeCount + place]
      return columns.categories[place].vocabulary != nil && code == 0 ? nil : columns.categories[place].text(of: code)
    }
    return wanted.indices.map { b in
      let rows = batch.range(b)
      return zip(names, places).map { name, place in
        func repeated(_ text: String?) -> [String?] { Array(repeating: text, count: isPerTimestep ? rows.count : 1) }
        let cells: [String?] =
          switch place {
          case .group: repeated(groups[b])
          case .number(let place): rows.map { text(batch.input, row: $0, number: place) }
          case .category(let place): rows.map { text(batch.input, row: $0, category: place, of: input.timestep) }
          case .staticNumber(let place): repeated(text(batch.statics, row: b, number: place))
          case .staticCategory(let place):
            repeated(text(batch.statics, row: b, category: place, of: input.statics))
          }
        return Prediction.Column(name: name, cells: cells)
      }
    }
  }
}
