import Foundation
import RaggedProtobuf

/// Puts an ONNX graph together: nodes one after the other, and the constants that they read.
struct OnnxBuilder {
  private(set) var graph = OnnxGraphProto()
  private var names: Set<String> = []

  /// Element types of ONNX.
  enum ElementType: Int32 {
    case float = 1
    case int32 = 6
    case int64 = 7
    case bool = 9
  }

  /// An axis of an input or output.
  enum Axis {
    case named(String)
    case size(Int)
  }

  /// Adds a constant of real numbers.
  mutating func constant(_ name: String, _ shape: [Int], _ values: [Float]) -> String {
    initializer(name, shape, .float, values.map { $0.bitPattern.littleEndian }.withUnsafeBytes { Data($0) })
  }

  /// Adds a constant of whole numbers; a single value where no shape is given.
  mutating func integers(_ name: String, _ values: [Int], shape: [Int]? = nil) -> String {
    let bytes = values.map { Int64($0).littleEndian }.withUnsafeBytes { Data($0) }
    return initializer(name, shape ?? [values.count], .int64, bytes)
  }

  /// A constant of a name that is there already is the same one.
  private mutating func initializer(_ name: String, _ shape: [Int], _ type: ElementType, _ bytes: Data) -> String {
    guard names.insert(name).inserted else { return name }
    var tensor = OnnxTensorProto()
    tensor.name = name
    tensor.dims = shape.map(Int64.init)
    tensor.dataType = type.rawValue
    tensor.rawData = bytes
    graph.initializer.append(tensor)
    return name
  }

  /// Adds a node.
  /// - Returns: its first output.
  @discardableResult
  mutating func node(
    _ type: String, _ inputs: [String], to outputs: String..., attributes: [OnnxAttributeProto] = []
  ) -> String {
    var node = OnnxNodeProto()
    node.opType = type
    node.name = outputs.first { !$0.isEmpty } ?? ""
    node.input = inputs
    node.output = outputs
    node.attribute = attributes
    graph.node.append(node)
    return node.name
  }

  mutating func input(_ name: String, _ type: ElementType, _ axes: [Axis]) {
    graph.input.append(OnnxBuilder.value(name, type, axes))
  }

  mutating func output(_ name: String, _ type: ElementType, _ axes: [Axis]) {
    graph.output.append(OnnxBuilder.value(name, type, axes))
  }

  private static func value(_ name: String, _ type: ElementType, _ axes: [Axis]) -> OnnxValueInfoProto {
    var value = OnnxValueInfoProto()
    value.name = name
    value.type.tensorType.elemType = type.rawValue
    value.type.tensorType.shape.dim = axes.map { axis in
      var dimension = OnnxTensorShapeProto.Dimension()
      switch axis {
      case .named(let name): dimension.dimParam = name
      case .size(let size): dimension.dimValue = Int64(size)
      }
      return dimension
    }
    return value
  }

  /// The file's message.
  func model(metadata: [String: String]) -> OnnxModelProto {
    var model = OnnxModelProto()
    model.irVersion = 8
    model.producerName = "ragged"
    var operators = OnnxOperatorSetIdProto()
    operators.version = 17
    model.opsetImport = [operators]
    model.graph = graph
    model.graph.name = "ragged"
    model.metadataProps = metadata.sorted { $0.key < $1.key }.map { name, text in
      var entry = OnnxStringStringEntryProto()
      entry.key = name
      entry.value = text
      return entry
    }
    return model
  }
}

extension OnnxAttributeProto {
  static func int(_ name: String, _ value: Int) -> OnnxAttributeProto {
    var attribute = OnnxAttributeProto()
    attribute.name = name
    attribute.type = .int
    attribute.i = Int64(value)
    return attribute
  }

  static func ints(_ name: String, _ values: [Int]) -> OnnxAttributeProto {
    var attribute = OnnxAttributeProto()
    attribute.name = name
    attribute.type = .ints
    attribute.ints = values.map(Int64.init)
    return attribute
  }

  static func text(_ name: String, _ value: String) -> OnnxAttributeProto {
    var attribute = OnnxAttributeProto()
    attribute.name = name
    attribute.type = .string
    attribute.s = Data(value.utf8)
    return attribute
  }
}
