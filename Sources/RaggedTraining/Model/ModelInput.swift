public import RaggedCore

/// The columns that a model takes, and how its door treats them.
///
/// What the first layer sees of a timestep are the numbers, those per sequence behind those per timestep; then a 0/1
/// indicator for each of them; then the time since each was last observed; then the embeddings, those of the columns per
/// sequence last. What of that there is, ``options`` say.
public struct ModelInput: Sendable, Equatable {
  /// A category column.
  public struct Category: Sendable, Equatable, Codable {
    /// The column's name, by which its embedding is found.
    public var name: String
    /// Codes are below this.
    public var size: Int

    /// A column of codes below `size`.
    public init(_ name: String, size: Int) { (self.name, self.size) = (name, size) }
  }

  /// Number columns per timestep: `F`.
  public var featureCount: Int
  /// Category columns per timestep: `C`.
  public var categories: [Category]
  /// Number columns per sequence.
  public var staticFeatureCount: Int
  /// Category columns per sequence.
  public var staticCategories: [Category]
  /// How missing cells and the columns per sequence are treated.
  public var options: InputOptions

  /// An input of these columns.
  public init(
    featureCount: Int = 0, categories: [Category] = [], staticFeatureCount: Int = 0, staticCategories: [Category] = [],
    options: InputOptions = InputOptions()
  ) {
    (self.featureCount, self.categories) = (featureCount, categories)
    (self.staticFeatureCount, self.staticCategories) = (staticFeatureCount, staticCategories)
    self.options = options
  }

  /// The input that sequences of this signature need. One category column alone is ``tokens(_:)``, whatever its name.
  public init(_ signature: InputSignature, options: InputOptions = InputOptions()) {
    func categories(_ columns: ColumnSet) -> [Category] { columns.categories.map { Category($0.name, size: $0.size) } }
    self.init(
      featureCount: signature.featureCount,
      categories: signature.tokens.map { [Category(CategoryColumn.tokenName, size: $0.size)] }
        ?? categories(signature.timestep),
      staticFeatureCount: signature.statics.numbers.count, staticCategories: categories(signature.statics),
      options: options)
  }

  /// A number of real features per timestep, and nothing else.
  public static func features(_ count: Int) -> ModelInput { ModelInput(featureCount: count) }

  /// A token below a number per timestep, and nothing else.
  public static func tokens(_ size: Int) -> ModelInput {
    ModelInput(categories: [Category(CategoryColumn.tokenName, size: size)])
  }

  /// The number of features, where there is nothing else.
  public var features: Int? {
    categories.isEmpty && staticFeatureCount == 0 && staticCategories.isEmpty ? featureCount : nil
  }

  /// What tokens are below, where there is nothing else.
  public var tokens: Int? {
    categories.count == 1 && featureCount == 0 && staticFeatureCount == 0 && staticCategories.isEmpty
      ? categories[0].size : nil
  }

  /// Whether the columns are those of another input, whatever is done to them.
  public func hasColumns(of other: ModelInput) -> Bool {
    var other = other
    other.options = options
    return self == other
  }

  /// The category columns in the order of their embeddings: those per timestep, then those per sequence.
  var allCategories: [Category] { categories + staticCategories }

  /// In words, for messages.
  package var summary: String {
    if let tokens { return tokens < 1 ? "no tokens" : "tokens 0 to \(tokens - 1)" }
    func words(_ numbers: Int, _ categories: [Category], per row: String) -> String {
      BatchCells(featureCount: numbers, codeCount: categories.count).summary(per: row)
    }
    // A category column alone beside columns per sequence is one of several, not tokens.
    let timestep =
      featureCount == 0 && categories.count == 1
      ? "1 category per timestep" : words(featureCount, categories, per: "timestep")
    guard staticFeatureCount > 0 || !staticCategories.isEmpty else { return timestep }
    let statics =
      staticFeatureCount == 0 && staticCategories.count == 1
      ? "1 category per sequence" : words(staticFeatureCount, staticCategories, per: "sequence")
    return "\(timestep), \(statics)"
  }
}

/// What a model's door does with missing numbers and with the columns per sequence.
public struct InputOptions: Sendable, Equatable, Codable {
  /// What stands for a number that was not observed.
  public enum Fill: String, Sendable, Codable, CaseIterable {
    /// The column's mean in training, 0 where numbers are normalised; see ``Normalization``.
    case mean
    /// The last number that was observed in the sequence, and the mean before the first. Of a column per sequence, the
    /// mean.
    case last
    /// 0, normalised as any other number.
    case zero
  }

  /// Where the columns per sequence go.
  public enum Statics: String, Sendable, Codable, CaseIterable {
    /// To every timestep, before the first layer.
    case `repeat`
    /// To the input of the last dense layer.
    case head
    /// To the state before the first timestep of the first recurrent layer, through a dense layer; h through a tanh.
    case state
  }

  /// What stands for missing numbers.
  public var fill: Fill
  /// Whether each number column, per timestep or per sequence, has a 0/1 input that says whether it was observed.
  public var indicators: Bool
  /// Whether each number column per timestep has an input log(1 + n), n being the timesteps since it was last observed:
  /// 0 where it is observed, and counted from the timestep before the first where it never was.
  public var since: Bool
  /// Where the columns per sequence go.
  public var statics: Statics

  /// Options; what is left out has its default.
  public init(fill: Fill = .mean, indicators: Bool = false, since: Bool = false, statics: Statics = .repeat) {
    (self.fill, self.indicators, self.since, self.statics) = (fill, indicators, since, statics)
  }

  /// Whether what the first layer sees of a timestep depends on those before it.
  package var looksBack: Bool { fill == .last || since }
}

/// `{"features": {"_0": 5}}` or `{"tokens": {"_0": 20}}` where that is all there is, and `{"columns": {…}}` elsewhere.
extension ModelInput: Codable {
  private enum Key: String, CodingKey { case features, tokens, columns }
  private enum CountKey: String, CodingKey { case count = "_0" }
  private struct Columns: Codable {
    var numbers: Int
    var categories: [Category]
    var staticNumbers: Int
    var staticCategories: [Category]
    var options: InputOptions
  }

  /// Reads an input.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    func count(_ key: Key) throws -> Int {
      try container.nestedContainer(keyedBy: CountKey.self, forKey: key).decode(Int.self, forKey: .count)
    }
    if container.contains(.features) {
      self = .features(try count(.features))
    } else if container.contains(.tokens) {
      self = .tokens(try count(.tokens))
    } else {
      let columns = try container.decode(Columns.self, forKey: .columns)
      self.init(
        featureCount: columns.numbers, categories: columns.categories, staticFeatureCount: columns.staticNumbers,
        staticCategories: columns.staticCategories, options: columns.options)
    }
  }

  /// Writes the input.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    func encode(_ count: Int, _ key: Key) throws {
      var nested = container.nestedContainer(keyedBy: CountKey.self, forKey: key)
      try nested.encode(count, forKey: .count)
    }
    if let features, self == .features(features) {
      try encode(features, .features)
    } else if let tokens, self == .tokens(tokens) {
      try encode(tokens, .tokens)
    } else {
      try container.encode(
        Columns(
          numbers: featureCount, categories: categories, staticNumbers: staticFeatureCount,
          staticCategories: staticCategories, options: options), forKey: .columns)
    }
  }
}
