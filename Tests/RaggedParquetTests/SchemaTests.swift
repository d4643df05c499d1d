import RaggedParquet
import Testing

/// The layouts in which lists are stored, by the format's own examples (LogicalTypes.md).
@Suite struct SchemaTests {
  static let list = 3
  static let map = 1
  static let (required, optional, repeated) = (0, 1, 2)

  static let layouts: [(String, [Thrift], String)] = [
    (
      "three levels",
      [
        line("a", repetition: optional, children: 1, converted: list), line("list", repetition: repeated, children: 1),
        line("element", type: 1, repetition: optional),
      ], "a?: [element?: int32]"
    ),
    (
      "three levels by other names",
      [
        line("a", children: 1, converted: list), line("bag", repetition: repeated, children: 1),
        line("item", type: 4),
      ], "a: [item: float]"
    ),
    (
      "a repeated value",
      [line("a", repetition: optional, children: 1, converted: list), line("element", type: 1, repetition: repeated)],
      "a?: [element: int32]"
    ),
    (
      "a repeated record of several fields",
      [
        line("a", repetition: optional, children: 1, converted: list),
        line("element", repetition: repeated, children: 2), line("str", type: 1), line("num", type: 2),
      ], "a?: [element: {str: int32, num: int64}]"
    ),
    (
      "a repeated record named array",
      [
        line("a", repetition: optional, children: 1, converted: list), line("array", repetition: repeated, children: 1),
        line("str", type: 1),
      ], "a?: [array: {str: int32}]"
    ),
    (
      "a repeated record named after the list",
      [
        line("a", repetition: optional, children: 1, converted: list),
        line("a_tuple", repetition: repeated, children: 1), line("str", type: 1),
      ], "a?: [a_tuple: {str: int32}]"
    ),
    (
      "a repeated record of a repeated field",
      [
        line("a", repetition: optional, children: 1, converted: list), line("entry", repetition: repeated, children: 1),
        line("n", type: 1, repetition: repeated),
      ], "a?: [entry: {n: [n: int32]}]"
    ),
    (
      "lists in lists of two levels",
      [
        line("a", repetition: optional, children: 1, converted: list),
        line("array", repetition: repeated, children: 1, converted: list), line("array", type: 1, repetition: repeated),
      ], "a?: [array: [array: int32]]"
    ),
    ("a repeated field alone", [line("a", type: 1, repetition: repeated)], "a: [a: int32]"),
    (
      "a repeated group alone",
      [line("a", repetition: repeated, children: 1), line("b", type: 5, repetition: optional)], "a: [a: {b?: double}]"
    ),
    (
      "a map",
      [
        line("a", repetition: optional, children: 1, converted: map), line("kv", repetition: repeated, children: 2),
        line("k", type: 1), line("v", type: 2, repetition: optional),
      ], "a?: [k: int32 = v?: int64]"
    ),
    (
      "a map by its outdated name",
      [
        line("a", repetition: optional, children: 1, converted: 2), line("map", repetition: repeated, children: 2),
        line("k", type: 1), line("v", type: 2),
      ], "a?: [k: int32 = v: int64]"
    ),
    (
      "a map without values",
      [
        line("a", children: 1, converted: map), line("kv", repetition: repeated, children: 1), line("k", type: 1),
      ], "a: [k: int32]"
    ),
  ]

  @Test(arguments: layouts) func layoutIsUnderstood(name: String, lines: [Thrift], expected: String) throws {
    let file = try ParquetFile(ParquetBytes(parquet(schema: [line("root", children: 1)] + lines)))
    #expect(text(file.schema.fields[0], file.schema) == expected, "\(name)")
  }

  @Test func columnsAreFoundByPathAndByField() throws {
    let lines = [
      line("root", children: 2), line("a", repetition: 1, children: 1, converted: 3),
      line("list", repetition: 2, children: 1), line("element", type: 1), line("r", children: 2), line("x", type: 1),
      line("y", type: 6),
    ]
    let schema = try ParquetFile(ParquetBytes(parquet(schema: lines))).schema
    #expect(try schema.column("a").path == ["a", "list", "element"])
    #expect(try schema.column("a.list.element").optionalFields == [1, 0])
    #expect(try schema.column("r.y").index == 2)
    #expect(schema.field("r")?.columns == [1, 2])
    let several = #expect(throws: ParquetError.self) { try schema.column("r") }
    #expect(several?.message == "there is no column \"r\"; the field of that name has the columns \"r.x\", \"r.y\"")
    let none = #expect(throws: ParquetError.self) { try schema.column("z") }
    #expect(none?.message == "there is no column \"z\"; the columns are \"a.list.element\", \"r.x\", \"r.y\"")
  }

  @Test(arguments: [
    ([line("root", children: 1)], "group \"root\" has 1 children, and 0 lines of the schema are left"),
    (
      [line("root", children: 1), line("a", type: 1), line("b", type: 1)],
      "its schema has 3 lines, of which the root holds 2"
    ),
    ([line("a", type: 1)], "its schema has no root"),
    ([line("root", children: 1), line("a", type: 9)], "the schema has a physical type 9, and they end at 7"),
    (
      [line("root", children: 1), line("a", type: 1, repetition: 3)],
      "the schema has a repetition type 3, expected 0, 1 or 2"
    ),
    ([line("root", children: 1), line("a", children: 0)], "group \"a\" has no fields, which is not supported"),
    ([line("root", children: 1), line("a", type: 7, length: 0)], "has values of 0 bytes by the schema"),
    (
      [line("root", children: 1), line("a", children: 2, converted: 3), line("b", type: 1), line("c", type: 1)],
      "is annotated LIST and has the fields required \"b\", required \"c\", expected one field, which is repeated"
    ),
    (
      [line("root", children: 1)] + (0..<200).map { _ in line("g", children: 1) } + [line("a", type: 1)],
      "its schema nests groups more than 100 deep"
    ),
  ]) func schemaThatMakesNoSenseIsRefused(lines: [Thrift], message: String) {
    let error = #expect(throws: ParquetError.self) { try ParquetFile(ParquetBytes(parquet(schema: lines))) }
    #expect(error?.message == message)
    #expect(error?.place.file == "bytes")
  }

  private func text(_ field: ParquetField, _ schema: ParquetSchema) -> String {
    let content =
      switch field.content {
      case .column(let index): "\(schema.columns[index].physicalType)"
      case .record(let fields): "{" + fields.map { text($0, schema) }.joined(separator: ", ") + "}"
      case .list(let element): "[" + text(element, schema) + "]"
      case .map(let key, let value): "[" + text(key, schema) + " = " + text(value, schema) + "]"
      }
    return field.name + (field.isOptional ? "?: " : ": ") + content
  }
}
