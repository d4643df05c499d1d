import Foundation
import RaggedExchange
import RaggedProtobuf
import RaggedTraining
import SwiftProtobuf
import Testing

/// Graphs that onnx checked and onnxruntime ran; see `fixtures/exchange/README.md`.
@Suite struct OnnxTests {
  private static let names = ["last", "both_sum", "tokens", "backwards_steps", "masking_steps"]

  /// What onnxruntime gave for the fixtures: outputs per sequence, or rows of them.
  private static func recorded() throws -> [String: [Any]] {
    let object = try JSONSerialization.jsonObject(with: Data(bytes(of: fixture("onnx/outputs.json"))))
    return try #require(object as? [String: [Any]])
  }

  private static func exported(_ network: SampleNetwork) throws -> OnnxModelProto {
    let folder = try Folder()
    try network.checkpoint().export(to: folder.file("m.onnx"), as: .onnx)
    return try OnnxModelProto(serializedBytes: bytes(of: folder.file("m.onnx")))
  }

  @Test(arguments: names) func theFileIsTheOneThatWasRun(_ name: String) throws {
    let folder = try Folder()
    try SampleNetwork.named(name).checkpoint().export(to: folder.file("m.onnx"), as: .onnx)
    #expect(try bytes(of: folder.file("m.onnx")) == bytes(of: fixture("onnx/\(name).onnx")))
  }

  @Test(arguments: SampleNetwork.all) func onnxruntimeGaveTheSameOutputs(_ network: SampleNetwork) throws {
    let expected = try #require(Self.recorded()[network.name])
    let outputs = try network.outputs(network.trainer())
    #expect(outputs.count == expected.count)
    for (own, other) in zip(outputs, expected) {
      let numbers = (other as? [Double]) ?? (other as? [[Double]])?.flatMap(\.self) ?? [.nan]
      #expect(difference(own, numbers.map(Float.init)) <= 1e-5)
    }
  }

  @Test func everyNameIsGivenOnceAndBeforeItIsUsed() throws {
    for network in SampleNetwork.all {
      let graph = try Self.exported(network).graph
      var known = Set(graph.input.map(\.name) + graph.initializer.map(\.name))
      #expect(known.count == graph.input.count + graph.initializer.count)
      for node in graph.node {
        for name in node.input { #expect(known.contains(name), "\(network.name): \(name)") }
        for name in node.output where !name.isEmpty { #expect(known.insert(name).inserted, "\(network.name): \(name)") }
      }
      #expect(graph.output.map(\.name) == ["outputs"])
      #expect(graph.input.map(\.name) == [network.input == .features(3) ? "values" : "tokens", "lengths"])
      let used = Set(graph.node.flatMap(\.input))
      for constant in graph.initializer { #expect(used.contains(constant.name), "\(network.name): \(constant.name)") }
    }
  }

  @Test func namesAreKept() throws {
    let network = SampleNetwork.named("last")
    let model = try Self.exported(network)
    let texts = Dictionary(uniqueKeysWithValues: model.metadataProps.map { ($0.key, $0.value) })
    #expect(texts["values"] == #"["y0","y1","y2"]"#)
    #expect(texts["features"] == #"["x0","x1","x2"]"#)
    #expect(texts["target"] == "sequence")
    #expect(texts["loss"] == "mean_squared_error")
  }
}
