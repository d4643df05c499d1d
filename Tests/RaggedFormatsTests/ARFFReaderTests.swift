import Foundation
import RaggedCore
import RaggedFormats
import Testing

@Suite struct ARFFReaderTests {
  private static let flat = """
    % Gun or point
    @RELATION 'gun point'
    @ATTRIBUTE att1 numeric
    @attribute att2 REAL
    @attribute att3 integer
    @attribute target {up, 'not so',"it's"}

    @data
    1,2.5,-3,up
    ?, 4 ,?,'not so' % behind
    % between
    5,?,?,"it\\'s"
    ?,?,?,?

    """

  @Test func aRowASeries() throws {
    let reading = try readText("gun.arff", Self.flat)
    #expect(reading.messages == [])
    #expect(
      reading.description
        == InputDescription(
          input: .features(["f0"]), target: .classPerSequence(declared: ["up", "not so", "it's"]), classColumn: "target"
        ))
    #expect(
      reading.records == [
        SequenceRecord(key: "gun/1", input: .values([1, 2.5, -3], featureCount: 1), target: .label("up"), line: 9),
        SequenceRecord(key: "gun/2", input: .values([.nan, 4], featureCount: 1), target: .label("not so"), line: 10),
        SequenceRecord(key: "gun/3", input: .values([5], featureCount: 1), target: .label("it's"), line: 12),
        SequenceRecord(key: "gun/4", input: .values([], featureCount: 1), target: .label(""), line: 13),
      ])
  }

  @Test func rolesAndPaddingAreSaid() throws {
    try withFile("gun.arff", Self.flat.utf8) { path in
      var reader = try FileReader(path)
      #expect(
        try reader.roles()
          == #"id: file and position; features: 1 dimension, of which "att1" to "att3" are the timesteps; target (class): "target""#
      )
      while try reader.next() != nil {}
      #expect(
        try reader.takeNotes().first?.text
          == "3 of 4 series end in missing values, which are taken for padding: they end with the last value")
    }
  }

  private static let relational = """
    @relation moves
    @attribute relational_att relational
      @attribute att0 numeric
      @attribute att1 numeric
      @attribute att2 numeric
    @end relational_att
    @attribute class {Standing,Running}
    @data
    "1,2,3\\n4,5,6",Standing
    '7,?,?\\n8,9,?',Running
    ?,Running

    """

  @Test func aRowOfTheRelationADimension() throws {
    let reading = try readText("m.arff", Self.relational)
    #expect(reading.messages == [])
    #expect(reading.description?.input == .features(["f0", "f1"]))
    #expect(
      reading.records.map(\.input) == [
        .values([1, 4, 2, 5, 3, 6], featureCount: 2), .values([7, 8, .nan, 9], featureCount: 2),
        .values([], featureCount: 2),
      ])
    #expect(reading.records.map(\.target) == [.label("Standing"), .label("Running"), .label("Running")])
    #expect(
      try readText("m.arff", Self.relational, options: ARFFOptions(featureNames: ["x", "y"])).description?.input
        == .features(["x", "y"]))
  }

  @Test func otherAttributesAreColumns() throws {
    let text = """
      @relation r
      @attribute id string
      @attribute when date "yyyy-MM-dd"
      @attribute 'the place' {north,south}
      @attribute a numeric
      @attribute b numeric
      @attribute y numeric
      @data
      one,2020-12-31,north,1,2,0.5
      'two, too',?,?,3,4,-1,{0.25}

      """
    let reading = try readText("r.arff", text)
    #expect(reading.messages == [])
    #expect(reading.description?.target == .valuesPerSequence(["y"]))
    #expect(reading.description?.columns.map(\.name) == ["when", "the place"])
    #expect(reading.description?.columns.map(\.kind) == [.time, .category])
    #expect(reading.keys == ["one", "two, too"])
    #expect(reading.records.map(\.weight) == [nil, 0.25])
    #expect(reading.records.map(\.target) == [.values([0.5]), .values([-1])])
    #expect(
      reading.records.map(\.cells) == [
        [.times([1_609_372_800_000_000]), .categories(Categories(["north"]))],
        [.times([ColumnPlanes.missingTime]), .categories(Categories([""]))],
      ])
    let options = ARFFOptions(target: ["b", "a"], targetValueNames: ["v", "u"], skipped: ["when", "the place"])
    let two = try readText("r.arff", text, options: options)
    #expect(two.description?.target == .valuesPerSequence(["v", "u"]))
    #expect(two.records.map(\.target) == [.values([2, 1]), .values([4, 3])])
    #expect(two.records.map(\.input) == [.values([0.5], featureCount: 1), .values([-1], featureCount: 1)])
    let none = try readText("r.arff", text, options: ARFFOptions(target: []))
    #expect(
      none.records.map(\.input) == [.values([1, 2, 0.5], featureCount: 1), .values([3, 4, -1], featureCount: 1)])
  }

  /// Weka separates by blanks where there are no commas.
  @Test func blanksSeparateToo() throws {
    let text = "@relation r\n@attribute a real\n@attribute b real\n@attribute c {u,v}\n@data\n1 2 u\n3\t?\tv\n"
    #expect(
      try readText("r.arff", text).records.map(\.input) == [
        .values([1, 2], featureCount: 1), .values([3], featureCount: 1),
      ])
  }

  @Test(arguments: [
    (
      "@attribute a\n@data\n1\n",
      #"x.arff:1: attribute "a" is "", expected numeric, real, integer, string, date, relational or {…}"#
    ),
    ("@attribute a {u,v\n@data\n1\n", #"x.arff:1: the names of attribute "a" are not closed, expected "}""#),
    ("@attribute a {u,u}\n@data\n1\n", #"x.arff:1: attribute "a" has the name "u" twice"#),
    ("@attribute a real\n@attribute a real\n@data\n1,2\n", #"x.arff:3: attribute "a" stands twice in the header"#),
    (
      "@attribute r relational\n@attribute a real\n@data\n1\n",
      #"x.arff:3: the relational attribute "r" is not closed, expected @end before @data"#
    ),
    (
      "@attribute r relational\n@attribute a {u}\n@end r\n@data\n1\n",
      #"x.arff:2: attribute "a" of the relational attribute "r" is not numeric, and its timesteps can only be numbers"#
    ),
    ("@end r\n@data\n", "x.arff:1: @end closes no relational attribute"),
    ("1,2\n@data\n", #"x.arff:1: "1,2" stands before @data, expected @relation, @attribute or @end"#),
    ("@data\n1\n", "x.arff:1: the header names no attribute"),
    ("@attribute a {u}\n@data\nu\n", "x.arff: no attribute is numeric or relational, so a row has no timesteps"),
    ("@attribute a real\n@data\n", "x.arff:2: no rows follow @data"), ("", "x.arff: the file is empty"),
    ("@relation x\n", "x.arff: there is no @data line"),
    ("@attribute 'a real\n@data\n", "x.arff:1: a quote is opened at byte 12 of the line and not closed"),
  ])
  func faultyHeaders(text: String, message: String) throws {
    let reading = try readText("x.arff", text)
    #expect(reading.messages == [message])
    #expect(reading.errors.allSatisfy { $0.isFatal })
  }

  @Test(arguments: [
    ("{0 1, 2 u}", "the row is sparse ({index value, …}), which is not read, expected the values of all attributes"),
    ("1,2", "the row has 2 values, expected 3"), ("1,2,u,3", "the row has more values than the 3 attributes"),
    ("1,x,u", #"attribute "b" is "x", expected a number or ?"#),
    ("1,,u", #"attribute "b" is empty, expected a number or ?"#),
    ("1,1e40,u", #"attribute "b" is "1e40", which overflows float32"#),
    ("1,2,w", #"attribute "c" is "w", expected one of the declared classes "u", "v""#),
    ("1,2,'u", "a quote is opened at byte 5 of the line and not closed"),
    ("1,2,u,{x}", #"the weight is "x", expected {a number that is not negative}"#),
    ("1 2,2,u", #"attribute "a" goes on, expected ",""#),
  ])
  func faultyRows(line: String, problem: String) throws {
    let header = "@attribute a real\n@attribute b real\n@attribute c {u,v}\n@data\n1,2,u\n"
    let reading = try readText("x.arff", header + line + "\n3,4,v\n")
    #expect(reading.messages == ["x.arff:6: \(problem)"])
    #expect(reading.keys == ["x/1", "x/3"])
  }

  @Test(arguments: [
    ("'1,2'", #"row 1 of "r" has 2 values, expected 3"#),
    ("'1,2,3'", #"attribute "r" has 1 row, but the first series has 2"#),
    (#"'1,2,3\n1,2,3\n1,2,3'"#, #"attribute "r" has more rows, but the first series has 2"#),
    (#"'1,2,3\n1,2,x'"#, #"timestep 3 of row 2 of "r" is "x", expected a number or ?"#),
    (#"'1,2,3,4\n1,2,3'"#, #"row 1 of "r" has more than 3 values, as many as the header has attributes for it"#),
  ])
  func faultyRelations(value: String, problem: String) throws {
    let header = """
      @attribute r relational
      @attribute a real
      @attribute b real
      @attribute c real
      @end r
      @data
      '1,2,3\\n4,5,6'

      """
    let reading = try readText("x.arff", header + value + "\n")
    #expect(reading.messages == ["x.arff:8: \(problem)"])
    #expect(reading.keys == ["x/1"])
  }
}
