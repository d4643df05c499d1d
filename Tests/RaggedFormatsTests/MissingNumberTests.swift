import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Words for a missing value that are numbers are compared by their value.
@Suite struct MissingNumberTests {
  @Test(arguments: ["-200", "-200.0", "-2e2", "-0.2E+3", " -200 "])
  func aNumberIsMissingHoweverItIsWritten(cell: String) throws {
    for word in ["-200", "-200.00", "-2E2"] {
      let reading = try readText(
        "t.csv", "id,x,y\na,1,2\na,\(cell),3\na,-200.5,4\na,200,5\n",
        options: TableOptions(features: ["x", "y"], target: [], missing: ["NA", word]))
      #expect(reading.messages == [])
      #expect(reading.records.first?.validity == nil, "\(word)")
      #expect(reading.records.first?.input == .values([1, 2, .nan, 3, -200.5, 4, 200, 5], featureCount: 2))
    }
  }

  @Test func wordsAreComparedAsTheyAreWritten() throws {
    let reading = try readText(
      "t.csv", "id,x\na,N.D.\na,1\nb,n.d.\nc,9007199254740993\n",
      options: TableOptions(features: ["x"], missing: ["N.D.", "9007199254740992"]))
    #expect(reading.records.first?.input == .values([.nan, 1], featureCount: 1))
    #expect(reading.keys == ["a", "c"])
  }

  @Test func targetsOfATimestepToo() throws {
    let reading = try readText(
      "t.csv", "id,x,y\na,1,-1.0\na,2,1\n",
      options: TableOptions(features: ["x"], target: ["y"], targetKind: .valuesPerTimestep, missing: ["-1"]))
    #expect(reading.records.map(\.target) == [.stepValues([.nan, 1], width: 1)])
    #expect(reading.records.map(\.validity) == [nil])
  }

  @Test func inArrays() throws {
    let reading = try readArrays(
      [("values", npy("'<f8'", "(2, 2)", little([1, -200, .nan, -200.5] as [Double])))],
      options: NPZOptions(missing: ["-200.0", "nan"]))
    #expect(reading.messages == [])
    #expect(reading.records.map(\.validity) == [nil, nil])
    #expect(
      reading.records.map(\.input) == [.values([1, .nan], featureCount: 1), .values([.nan, -200.5], featureCount: 1)])
    #expect(
      try readArrays([values], options: NPZOptions(missing: ["n/a"])).messages == [
        "a.npz: the missing value is \"n/a\", expected nan or a number, as npz holds numbers"
      ])
  }
}
