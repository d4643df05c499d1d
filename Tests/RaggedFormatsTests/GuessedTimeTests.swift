import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Times that nobody named, lists that may be labels, and ids that may be found.
@Suite struct GuessedTimeTests {
  @Test(arguments: [(1, "000"), (1000, "000000"), (1_000_000, "000000000")])
  func epochsOfAnUnitAreTimes(scale: Int, zeros: String) throws {
    // Beside a time with a name, and newest first.
    let beside = "id,time,stamp,v\na,0,1609459200\(zeros),1\na,1,1609459201\(zeros),2\na,2,1609459200\(zeros),3\n"
    let reading = try readText("s.csv", beside)
    #expect(reading.description?.input == .features(["v"]))
    let place = try #require(reading.description?.columns.firstIndex { $0.name == "stamp" })
    #expect(
      reading.records.first?.cells[place]
        == .times([1_609_459_200_000_000, 1_609_459_201_000_000, 1_609_459_200_000_000]))
    let notes = try notes("s.csv", beside)
    #expect(notes.contains { $0.hasPrefix("column \"stamp\" holds \"1609459200\(zeros)\" and the like, ") }, "\(notes)")
  }

  @Test func tenDigitsThatFallAreNoTime() throws {
    let text = "id,time,phone,v\na,0,1609459200,1\na,1,1509459201,2\nb,0,1709459200,3\n"
    #expect(try readText("s.csv", text).description?.input == .features(["phone", "v"]))
  }

  @Test func aTemperatureIsNoTime() throws {
    let text = "id,T,RH\na,13.6,48\na,13.3,47\nb,11.0,51\nb,11.4,52\n"
    let reading = try readText("s.csv", text)
    #expect(reading.description?.input == .features(["T", "RH"]) && reading.errors.isEmpty)
    #expect(
      try notes("s.csv", text).first
        == "column \"T\" rises and falls in the 4 rows, so it is not taken for the time")
    let rising = try notes("s.csv", "id,T,RH\na,1,48\na,2,47\n")
    #expect(rising.first == "column \"T\" does not turn round in the 2 rows, so it is taken for the time")
    #expect(try readText("s.csv", "id,t,v\na,up,1\na,down,2\n").description?.columns.map(\.kind) == [.category])
  }

  @Test func aListOfLabelsIsAskedFor() throws {
    let text = "id,v,phones\na,1,s|i|l\na,2,s|i|l\nb,1,s|a\nb,2,s|a\n"
    try withFile("s.csv", text.utf8) { path in
      var reader = try FileReader(path)
      #expect(
        try reader.takeNotes() == [
          InputNote(
            "column \"phones\" holds \"s|i|l\", which may be a list of labels, and is taken for text",
            remedy: .takeAsLabels(["phones"]))
        ])
    }
    #expect(try notes("s.csv", "id,v,words\na,1,x|y\na,2,z\nb,1,z\nb,2,q\n") == [])
  }

  @Test func anIdIsFoundWhereRowsStandTogether() throws {
    let reading = try readText("s.csv", "t,run,v\n0,a,1\n1,a,2\n0,b,3\n1,b,4\n")
    #expect(reading.errors.first?.remedy == .sayWhatSequencesAre(id: "run"))
    // By its name, where rows are interleaved.
    let log = "activity,case:name,v\nA,1,1\nA,2,2\nB,1,3\nC,2,1\nB,1,2\nA,2,2\n"
    #expect(try readText("s.csv", log).errors.first?.remedy == .sayWhatSequencesAre(id: "case:name"))
    #expect(try readText("s.csv", "t,v\n0,1.5\n1,2.5\n").errors.first?.remedy == nil)
  }
}
