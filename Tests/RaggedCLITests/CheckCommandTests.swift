import Foundation
import Ragged
import Testing

/// `ragged check` on stores that are sound, damaged and no stores.
@Suite struct CheckCommandTests {
  /// A store of two sequences of which the second has one wrong byte.
  private func damagedStore(_ work: Workspace) throws {
    try work.write("readings.csv", "id,t,x,label\na,0,1,p\na,1,2,p\nb,0,12345.678,p\n")
    try work.good("import", "s.sqlite", "readings.csv", "--split", "train")
    #expect(
      try work.good("check", "s.sqlite").output == "s.sqlite: 1 dataset, 2 sequences, 3 timesteps: sound\n")
    let url = work.url.appending(path: "s.sqlite")
    var bytes = try Data(contentsOf: url)
    let number = withUnsafeBytes(of: Float(12345.678).bitPattern.littleEndian) { Data($0) }
    let place = try #require(bytes.range(of: number))
    bytes[place.lowerBound] ^= 1
    try bytes.write(to: url)
  }

  @Test func aWrongByteIsNamedAndMovedOutOfTheWay() throws {
    let work = try Workspace()
    try damagedStore(work)
    let found = try work.ragged(["check", "s.sqlite"])
    #expect(found.status == 65)
    #expect(found.outputLines[0].hasPrefix("dataset \"data\", key \"b\": its data has the checksum "))
    #expect(found.outputLines[1] == "s.sqlite: 1 dataset, 2 sequences, 2 timesteps: 1 problem")
    #expect(found.errors == "")

    let json = try work.ragged(["check", "s.sqlite", "--json"])
    #expect(json.status == 65)
    let report = try json.json(StoreCheckReport.self)
    #expect(report.problems.map(\.key) == ["b"] && report.remaining == report.problems && report.repairs == [])

    let repaired = try work.good("check", "s.sqlite", "--repair").outputLines
    #expect(repaired.count == 5)
    #expect(repaired[1] == "repaired: moved 1 damaged sequence to \"quarantine\"")
    #expect(repaired[2] == "repaired: made the kept figures anew")
    #expect(repaired[3] == "s.sqlite: 1 dataset, 2 sequences, 2 timesteps: 1 problem, sound now")
    #expect(try work.good("check", "s.sqlite").output == "s.sqlite: 1 dataset, 1 sequence, 2 timesteps: sound\n")
    #expect(try work.good("stats", "s.sqlite").output.hasPrefix("data: 1 sequence, 2 timesteps"))
  }

  @Test func whatIsNoStoreIsAnErrorOfOneLine() throws {
    let work = try Workspace()
    try work.write("a.txt", "id,t,x\n")
    let text = try work.ragged(["check", "a.txt", "--repair"])
    #expect(text.status == 65)
    #expect(text.errors == "ragged: error: a.txt: not an SQLite database, so not a Ragged store\n")
    let missing = try work.ragged(["check", "b.sqlite"])
    #expect(missing.status == 66)
    #expect(missing.errors == "ragged: error: b.sqlite: there is no such file\n")
  }
}
