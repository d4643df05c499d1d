import RaggedFormats
import Testing

/// Tables of very many columns.
@Suite struct ManyColumnsTests {
  @Test func tensOfThousandsOfColumns() throws {
    let names = (0..<20_000).map { "f\($0)" }
    let header = (["id"] + names).joined(separator: ",") + "\n"
    let rows = (["a"] + names.indices.map { "\($0 % 100)" }).joined(separator: ",") + "\n"
    let values = try readText("t.csv", header + rows)
    #expect(values.description?.input == .features(names))
    #expect(values.records.map(\.input) == [.values(names.indices.map { Float($0 % 100) }, featureCount: 20_000)])
    let options = TableOptions(features: ["f19999"], target: [], metadata: Array(names.dropLast()))
    let metadata = try #require(try readText("t.csv", header + rows, options: options).records.first?.metadata)
    #expect(metadata.hasPrefix(#"{"f0":"0","f1":"1","#) && metadata.hasSuffix(#","f19998":"98"}"#))
    let twice = try readText("t.csv", "id,x,f7,x,f7,f7\na,1,2,3,4,5\n")
    #expect(twice.messages == ["t.csv:1: column \"x\" stands twice in the header, at 2 and 4"])
  }
}
