import Foundation
import RaggedProtobuf
import SwiftProtobuf

/// Puts an ONNX graph together: nodes one after the other, and the constants that they read.
struct OnnxBuilder {
  private(set) var graph = OnnxGraphProto()
  private var names: Set<String> = []

  enum ElementType: Int32 {
    case float = 1
    case int32 = 6
    case int64 = 7
    case bool = 9
  }

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

  /// - Returns: its first output.
  @discardableResult
  mutating func node(
    _ type: String, _ inputs: [String], to outputs: String..., attributes: [OnnxAttributeProto] = []
  ) -> String {
    node(type, inputs, to: outputs, attributes: attributes)
  }

  /// - Returns: its first output.
  @discardableResult
  mutating func node(
    _ type: String, _ inputs: [String], to outputs: [String], attributes: [OnnxAttributeProto] = []
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
      OnnxTensorShapeProto.Dimension.with {
        switch axis {
        case .named(let name): $0.dimParam = name
        case .size(let size): $0.dimValue = Int64(size)
        }
      }
    }
    return value
  }

  func model(metadata: [String: String]) -> OnnxModelProto {
    var model = OnnxModelProto()
    model.irVersion = 8
    model.producerName = "ragged"
    model.opsetImport = [.with { $0.version = 17 }]
    model.graph = graph
    model.graph.name = "ragged"
    model.metadataProps = metadata.sorted { $0.key < $1.key }.map { name, text in
      .with { ($0.key, $0.value) = (name, text) }
    }
    return model
  }
}

extension OnnxAttributeProto {
  static func int(_ name: String, _ value: Int) -> OnnxAttributeProto {
    .with { ($0.name, $0.type, $0.i) = (name, .int, Int64(value)) }
  }

  static func ints(_ name: String, _ values: [Int]) -> OnnxAttributeProto {
    .with { ($0.name, $0.type, $0.ints) = (name, .ints, values.map(Int64.init)) }
  }

  static func text(_ name: String, _ value: String) -> OnnxAttributeProto {
    .with { ($0.name, $0.type, $0.s) = (name, .string, Data(value.utf8)) }
  }
}
