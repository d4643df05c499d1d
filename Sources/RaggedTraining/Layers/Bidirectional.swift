import RaggedCore

/// A recurrent layer and a second one with weights of its own that reads from the end.
public struct Bidirectional: Layer {
  /// How the two outputs become one.
  public enum Merge: String, Sendable, Equatable, Codable, CaseIterable {
    /// Side by side: `2 · units`.
    case concat
    /// Added.
    case sum
    /// Multiplied.
    case mul
    /// Averaged.
    case ave
  }

  /// The layer that reads forwards.
  public var layer: any RecurrentLayer
  /// How the outputs are merged.
  public var merge: Merge

  /// Both directions of a layer.
  public init(_ layer: any RecurrentLayer, merge: Merge = .concat) {
    self.layer = layer
    self.merge = merge
  }

  /// The layer as a value.
  public var spec: LayerSpec { LayerSpec(kind: self) }
}

extension Bidirectional: LayerKind {
  static let name = "bidirectional"
  static let title = "Bidirectional"

  init(_ call: LayerCall, for signature: SequenceSignature) throws {
    let cells = RecurrentCell.all
    let words = Merge.allCases.map(\.rawValue) + cells.map(\.name)
    var layer: (any RecurrentLayer)?
    var merge = Merge.concat
    for argument in call.arguments {
      switch argument {
      case .call(let inner) where cells.contains { $0.name == inner.name }:
        layer = try inner.layer(for: signature) as? any RecurrentLayer
      case .word(let text):
        guard let known = Merge(rawValue: text) else { throw call.unexpected(argument, of: words) }
        merge = known
      default: throw call.unexpected(argument, of: words)
      }
    }
    guard let layer else {
      let needed = cells.map { "\($0.article) \($0.name)(…)" }.joined(separator: " or ")
      throw TrainingError(.invalidModel, "bidirectional(…) needs \(needed): bidirectional(\(cells[0].name)(32))")
    }
    self.init(layer, merge: merge)
  }

  var arguments: [String] { [layer.spec.kind.text] + (merge == .concat ? [] : [merge.rawValue]) }

  var range: OutputRange { merge == .sum ? .numbers("numbers from -2 to 2") : .numbers("numbers from -1 to 1") }

  func add(to builder: inout ProgramBuilder, named name: String) throws {
    guard let kind = layer.spec.kind as? any RecurrentKind else {
      throw TrainingError(.invalidModel, "a Bidirectional layer takes a recurrent layer")
    }
    let (inner, units) = (type(of: kind).name, layer.units)
    try builder.check(
      !layer.goBackwards,
      "a Bidirectional layer reads both ways: leave goBackwards out of its \(type(of: kind).title)")
    try kind.addDirections(
      to: &builder, names: ["\(name)/forward_\(inner)", "\(name)/backward_\(inner)"], backwards: [false, true])
    let parts = [
      LastOperation.Part(columns: 0..<units, isBackwards: false),
      LastOperation.Part(columns: units..<2 * units, isBackwards: true),
    ]
    if !layer.returnSequences { builder.addLast(parts) }
    if merge != .concat {
      builder.program.operations.append(MergeOperation(index: builder.program.operations.count, merge: merge))
      builder.program.outputWidth = units
    }
    builder.endRecurrent(showsZerosWhereMasked: true, lastParts: merge == .concat ? parts : nil)
  }
}

extension Bidirectional: Equatable, Codable {
  /// Whether two layers are of one kind and the same in all they say.
  public static func == (left: Bidirectional, right: Bidirectional) -> Bool {
    left.layer.spec == right.layer.spec && left.merge == right.merge
  }

  /// An LSTM's name is left out.
  private enum CodingKeys: String, CodingKey {
    case cell, layer, merge
  }

  /// Reads a layer.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let name = try container.decodeIfPresent(String.self, forKey: .cell) ?? LSTM.name
    guard let type = LayerSpec.table.first(where: { $0.name == name }) as? any RecurrentKind.Type else {
      throw DecodingError.dataCorruptedError(
        forKey: .cell, in: container, debugDescription: "expected the name of a recurrent layer")
    }
    self.init(try container.decode(type, forKey: .layer), merge: try container.decode(Merge.self, forKey: .merge))
  }

  /// Writes the layer.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    let kind = layer.spec.kind
    if !(kind is LSTM) { try container.encode(type(of: kind).name, forKey: .cell) }
    try container.encode(kind, forKey: .layer)
    try container.encode(merge, forKey: .merge)
  }
}

/// Makes one output of the two directions that lie side by side in a plane.
struct MergeOperation: Operation {
  /// Its place in the program.
  var index: Int
  /// `sum`, `mul` or `ave`; concatenation needs no operation.
  var merge: Bidirectional.Merge

  /// `[rows, 2 · units]` -> `[rows, units]`.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane {
    context.saved[index] = .planes([x])
    let y = context.arena.plane(rows: x.rows, width: x.width / 2)
    for m in 0..<x.rows {
      let (forwards, backwards, out) = (x.row(m), x.row(m) + y.width, y.row(m))
      for i in 0..<y.width {
        switch merge {
        case .sum, .concat: out[i] = forwards[i] + backwards[i]
        case .ave: out[i] = (forwards[i] + backwards[i]) * 0.5
        case .mul: out[i] = forwards[i] * backwards[i]
        }
      }
    }
    return y
  }

  /// The gradients of both directions.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    guard case .planes(let saved) = context.saved[index], let x = saved.first else { return nil }
    let dx = context.arena.plane(rows: x.rows, width: x.width)
    let half = dy.width
    for m in 0..<x.rows {
      let (up, values, out) = (dy.row(m), x.row(m), dx.row(m))
      for i in 0..<half {
        switch merge {
        case .sum, .concat:
          out[i] = up[i]
          out[half + i] = up[i]
        case .ave:
          out[i] = up[i] * 0.5
          out[half + i] = up[i] * 0.5
        case .mul:
          out[i] = up[i] * values[half + i]
          out[half + i] = up[i] * values[i]
        }
      }
    }
    return dx
  }
}
