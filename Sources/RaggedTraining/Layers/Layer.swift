import RaggedCore

/// A layer of a ``Sequential`` model, named and behaving as in Keras.
public protocol Layer: Sendable {
  /// The layer as a value that can be stored.
  var spec: LayerSpec { get }
}

/// Any of the layers, as a value.
public struct LayerSpec: Sendable {
  /// The layers that there are: texts, checkpoints and files of other frameworks know them from here.
  static let table: [any LayerKind.Type] = [
    LSTM.self, Bidirectional.self, Dense.self, TimeDistributed.self, Embedding.self, Masking.self, Dropout.self,
    CRF.self, Last.self,
  ]

  let kind: any LayerKind

  /// The layer itself: an ``LSTM``, a ``Dense``, ….
  public var layer: any Layer { kind }

  /// A layer as a value.
  public init(_ layer: any Layer) { self = layer.spec }

  init(kind: any LayerKind) { self.kind = kind }
}

/// What is known of a layer: its text, its line in a summary, its weights and what computes it.
protocol LayerKind: Layer, Equatable, Codable {
  /// Its name in texts, and before the names of its weights.
  static var name: String { get }
  /// Its class in Keras.
  static var title: String { get }
  /// The layer that a text names, for data of a signature.
  /// - Throws: ``TrainingError`` for arguments that it does not take.
  init(_ call: LayerCall, for signature: SequenceSignature) throws
  /// The arguments with which a text names it.
  var arguments: [String] { get }
  /// What comes out of it.
  var range: OutputRange { get }
  /// Adds its weights and operations to a program.
  /// - Parameter name: what the names of its weights begin with.
  /// - Throws: ``TrainingError`` where it does not fit what stands before it.
  func add(to builder: inout ProgramBuilder, named name: String) throws
}

/// What the outputs of a layer can be.
enum OutputRange: Equatable {
  /// Those of the layer before, or zeros.
  case asBefore
  case probabilities
  /// Others, in words.
  case numbers(String)
}

extension LayerKind {
  /// The layer as ``ModelDescription`` reads it.
  var text: String { "\(Self.name)(\(arguments.joined(separator: ", ")))" }

  /// Its key in a checkpoint: `timeDistributed`.
  fileprivate static var key: String {
    let words = name.split(separator: "_")
    return words.dropFirst().reduce(String(words[0])) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
  }

  fileprivate func equals(_ other: any LayerKind) -> Bool { other as? Self == self }
}

extension LayerSpec: Equatable {
  /// Whether two layers are of one kind and the same in all they say.
  public static func == (left: LayerSpec, right: LayerSpec) -> Bool { left.kind.equals(right.kind) }
}

/// `{"lstm": {"_0": {"units": 32, …}}}`.
extension LayerSpec: Codable {
  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
    static let value = Key(stringValue: "_0")
  }

  /// Reads a layer.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    guard let key = container.allKeys.first, container.allKeys.count == 1,
      let type = LayerSpec.table.first(where: { $0.key == key.stringValue })
    else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "expected one of the layers"))
    }
    func read<Kind: LayerKind>(_ type: Kind.Type) throws -> any LayerKind {
      try container.nestedContainer(keyedBy: Key.self, forKey: key).decode(type, forKey: .value)
    }
    kind = try read(type)
  }

  /// Writes the layer.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    var nested = container.nestedContainer(keyedBy: Key.self, forKey: Key(stringValue: type(of: kind).key))
    try nested.encode(kind, forKey: .value)
  }
}
