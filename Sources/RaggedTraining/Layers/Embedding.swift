import Foundation
import RaggedCore

/// A vector for each code of each category column. The first layer of a model on tokens or other categories.
public struct Embedding: Layer, Equatable {
  /// The vectors of a column.
  public struct Table: Sendable, Equatable, Codable {
    /// The column's name.
    public var name: String
    /// Codes: indices below this.
    public var inputCount: Int
    /// Length of a vector.
    public var units: Int

    /// A vector of `units` numbers for each of `inputCount` codes of a column.
    public init(_ name: String, _ inputCount: Int, _ units: Int) {
      (self.name, self.inputCount, self.units) = (name, inputCount, units)
    }
  }

  /// The columns' tables: those per timestep in their order, then those per sequence.
  public var tables: [Table]

  /// A vector of `units` numbers for each of `inputCount` tokens.
  public init(_ inputCount: Int, _ units: Int) {
    tables = [Table(CategoryColumn.tokenName, inputCount, units)]
  }

  /// The tables of several columns.
  public init(tables: [Table]) { self.tables = tables }

  /// Tokens, or the codes of the first column: indices below this.
  public var inputCount: Int { tables.first?.inputCount ?? 0 }
  /// Length of a vector, or of those of all columns side by side.
  public var units: Int { tables.reduce(0) { $0 + $1.units } }

  /// The layer as a value.
  public var spec: LayerSpec { LayerSpec(kind: self) }

  /// The width of a column's vectors where nothing is said: 1.6 · size^0.56 rounded up, and at most 50. So does
  /// fast.ai's `emb_sz_rule` (Howard and Gugger 2020), which rounds to the nearest and goes up to 600.
  public static func usualUnits(size: Int) -> Int {
    max(1, Int(min(50, (1.6 * pow(Double(max(1, size)), 0.56)).rounded(.up))))
  }

  /// The width of a token's vector where nothing is said.
  static let usualTokenUnits = 32
}

extension Embedding {
  /// The tables of an input's columns with the widths that an `embedding(…)` gives, and the usual ones for others.
  /// - Parameters:
  ///   - call: nil where the text has none.
  init(_ call: LayerCall?, for input: ModelInput) throws {
    let columns = input.allCategories
    var widths: [Int?] = Array(repeating: nil, count: columns.count)
    for argument in call?.arguments ?? [] {
      let (name, units): (String?, Int?) =
        switch argument {
        case .word(let text): (nil, Int(text))
        case .named(let name, let text): (name, Int(text))
        case .call, .head: (nil, nil)
        }
      switch (name, units) {
      case (nil, let units?) where call?.arguments.count == 1: widths = widths.map { _ in units }
      case (let name?, let units?):
        let exact = columns.firstIndex { $0.name.isExactly(name) }
        guard let column = exact ?? columns.firstIndex(where: { $0.name.lowercased() == name.lowercased() }) else {
          let names = columns.map(\.name)
          throw TrainingError(
            .invalidModel,
            "embedding(…): the data has no category column \"\(name)\", "
              + (names.nearest(to: name).map { "did you mean \"\($0)\"?" }
                ?? "expected \(names.joined(separator: ", "))"))
        }
        widths[column] = units
      default:
        throw TrainingError(
          .invalidModel,
          "embedding(…) takes a number of units, or one for a column as in embedding(\(columns[0].name)=16)")
      }
    }
    let usual = { (size: Int) in input.tokens == nil ? Self.usualUnits(size: size) : Self.usualTokenUnits }
    tables = zip(columns, widths).map { Table($0.name, $0.size, $1 ?? usual($0.size)) }
  }
}

extension Embedding: LayerKind {
  static let name = "embedding"
  static let title = "Embedding"

  init(_ call: LayerCall, for signature: SequenceSignature) throws {
    let input = ModelInput(signature.input)
    guard !input.allCategories.isEmpty else {
      throw TrainingError(.invalidModel, "embedding(…) needs tokens, the data has \(signature.input.summary)")
    }
    if let column = signature.input.tokens {
      if case .named(let name, let text)? = call.arguments.first, call.arguments.count == 1,
        name.lowercased() == column.name.lowercased(), let units = Int(text)
      {
        self.init(column.size, units)
      } else {
        self.init(column.size, try call.number("units", as: Int.self))
      }
    } else {
      try self.init(call, for: input)
    }
  }

  var arguments: [String] {
    isOfTokens ? ["\(units)"] : tables.map { "\($0.name.asWordOfModel)=\($0.units)" }
  }
  var range: OutputRange { .numbers("any numbers") }

  /// Whether it is the embedding of a model on tokens alone.
  private var isOfTokens: Bool { tables.count == 1 && tables[0].name == CategoryColumn.tokenName }

  func add(to builder: inout ProgramBuilder, named name: String) throws {
    let columns = builder.input.allCategories
    guard builder.isEmpty, !columns.isEmpty else {
      throw TrainingError(.invalidModel, "an Embedding layer comes first, in a model on tokens")
    }
    try builder.check(
      tables.map(\.name).areExactly(columns.map(\.name)),
      "the Embedding layer has tables for \(tables.map(\.name).joined(separator: ", ")), "
        + "the input's categories are \(columns.map(\.name).joined(separator: ", "))")
    try builder.check(
      tables.count == Set(tables.map { ExactName($0.name) }).count, "two category columns have one name")
    var places: [EmbeddingTable] = []
    for (number, (table, column)) in zip(tables, columns).enumerated() {
      let owner = isOfTokens ? "an Embedding layer" : "the embedding of \"\(table.name)\""
      try builder.checkUnits(table.units, of: owner)
      let the = isOfTokens ? "the Embedding layer" : owner
      try builder.check(
        table.inputCount <= ProgramBuilder.parameterLimit,
        "\(the) has \(table.inputCount.counted("vector")), expected at most \(ProgramBuilder.parameterLimit)")
      try builder.check(
        table.inputCount >= column.size,
        "\(the) has \(table.inputCount.counted("vector")) for \(column.size.counted(isOfTokens ? "token" : "code"))")
      let isStatic = number >= builder.input.categories.count
      places.append(
        EmbeddingTable(
          column: isStatic ? number - builder.input.categories.count : number, isStatic: isStatic, units: table.units,
          offset: builder.program.parameterCount))
      builder.addParameter(
        "\(name)/\(isOfTokens ? "embeddings" : table.name)", [table.inputCount, table.units], .uniform, .plain)
    }
    try builder.addDoor(tables: places)
  }
}

/// `{"inputCount": 20, "units": 8}` for tokens, and `{"tables": […]}` for other columns.
extension Embedding: Codable {
  private enum CodingKeys: String, CodingKey { case inputCount, units, tables }

  /// Reads a layer.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let tables = try container.decodeIfPresent([Table].self, forKey: .tables) {
      self.init(tables: tables)
    } else {
      self.init(
        try container.decode(Int.self, forKey: .inputCount), try container.decode(Int.self, forKey: .units))
    }
  }

  /// Writes the layer.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    guard isOfTokens else { return try container.encode(tables, forKey: .tables) }
    try container.encode(tables[0].inputCount, forKey: .inputCount)
    try container.encode(tables[0].units, forKey: .units)
  }
}
