import RaggedBatching
public import RaggedCore
public import RaggedFormats
public import RaggedStore
public import RaggedTraining

/// Sequences that can be told apart by what is known of them beside input and target.
public protocol GroupableSource: KeyedSource {
  /// The split of each of these sequences.
  func splits(_ positions: [Int]) throws -> [String]
  /// The group of each of these sequences, nil where there is none.
  func groups(_ positions: [Int]) throws -> [String?]
  /// Sequences with other columns for input and target: these, and maybe more, each with the key that it has here.
  func choosing(_ choice: ColumnChoice) throws -> Self
}

extension StoreSource: GroupableSource {}
extension RecordSource: GroupableSource {}

extension EvaluationGroups {
  /// Words that name what every sequence has, whatever its columns.
  public static let words = ["length", "timestep", "split", "group"]

  /// Groups of sequences, or of timesteps, by a word or a column.
  /// - Parameters:
  ///   - name: `length`, `timestep`, `split`, `group`, or the name of a column, a number or a category; a column that is
  ///     called as one of the words is `column:length`.
  ///   - source: where the sequences and their columns are.
  ///   - positions: those of its sequences that are judged, in this order.
  /// - Throws: what the source throws; `RaggedCoreError` for a column that is not there or tells no groups apart.
  public static func by(
    _ name: String, of source: some GroupableSource, _ positions: [Int]
  ) throws -> EvaluationGroups {
    let lengths = source.lengths
    switch name {
    case "length": return byLength(positions.map { lengths[$0] })
    case "timestep": return byTimestep(positions.map { lengths[$0] })
    case "split": return byName(name, try source.splits(positions))
    case "group": return byName(name, try source.groups(positions))
    default: break
    }
    let prefix = "column:"
    let column = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name
    let other = try source.choosing(ColumnChoice(inputs: [column], target: []))
    let places = Dictionary(
      zip(try other.keys(Array(0..<other.count)).lazy.map { ExactName($0) }, 0...),
      uniquingKeysWith: { first, _ in first })
    let found = try source.keys(positions).map { key in
      guard let place = places[ExactName(key)] else {
        throw RaggedCoreError(.outOfRange, "sequence \"\(key)\" is not among those that have column \"\(column)\"")
      }
      return place
    }
    return try byColumn(column, of: other.subset(found))
  }
}
