import Foundation
import RaggedCore
import RaggedStore
import Testing

/// Tables of very many columns, and very many declared classes.
@Suite struct ManyNamesTests {
  @Test func tensOfThousandsOfColumns() throws {
    let names = (0..<20_000).map { "f\($0)" }
    let header = (["id"] + names).joined(separator: ",") + "\n"
    let rows = (["a"] + names.indices.map { "\($0 % 100)" }).joined(separator: ",") + "\n"
    let values = try readText("t.csv", header + rows)
    #expect(values.description?.input == .features(names))
    #expect(values.records.map(\.input) == [.values(names.indices.map { Float($0 % 100) }, featureCount: 20_000)])
    let options = ReaderOptions(features: ["f19999"], target: [], metadata: Array(names.dropLast()))
    let metadata = try #require(try readText("t.csv", header + rows, options: options).records.first?.metadata)
    #expect(metadata.hasPrefix(#"{"f0":"0","f1":"1","#) && metadata.hasSuffix(#","f19998":"98"}"#))
    let twice = try readText("t.csv", "id,x,f7,x,f7,f7\na,1,2,3,4,5\n")
    #expect(twice.messages == ["t.csv:1: column \"x\" stands twice in the header, at 2 and 4"])
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let turned = names.reversed()
    for (order, key) in [(names, "a"), (Array(turned), "b")] {
      let description = InputDescription(input: .features(order), target: .none)
      let record = SequenceRecord(
        key: key, input: .values(order.map { Float($0.dropFirst()) ?? 0 }, featureCount: order.count))
      try store.add([record], description, named: key)
    }
    let batch = try store.source(SequenceSelection(dataset: "d")).gather([0, 1])
    #expect(batch.input.values == (0..<40_000).map { Float($0 % 20_000) })
  }

  @Test func tensOfThousandsOfDeclaredClasses() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    let classes = (0..<20_000).map { "k\($0)" }
    let description = InputDescription(input: .features(["x"]), target: .classPerSequence(declared: classes))
    func record(_ key: String, _ label: String) -> SequenceRecord {
      SequenceRecord(key: key, input: .values([1], featureCount: 1), target: .label(label))
    }
    #expect(try store.add([record("a", "k19999")], description).classes == 20_000)
    #expect(try store.add([record("b", "k7")], description).classes == 20_000)
    #expect(throws: InputError.self) { try store.add([record("c", "k20000")], description) }
  }
}
