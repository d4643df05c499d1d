import Foundation
import RaggedFormats
import Testing

/// Whole numbers that float32 does not hold are told in every format; numpy.float32(16777217) is 16777216 and
/// numpy.float32(-16777219) is -16777220.
@Suite struct RoundedNumberTests {
  /// What a reader says behind its last sequence.
  private func notes(_ name: String, _ bytes: some Sequence<UInt8>, options: (any FormatOptions)? = nil) throws
    -> [String]
  {
    try withFile(name, bytes) { path in
      var reader = try FileReader(path, options: options)
      while try reader.next() != nil {}
      let notes = try reader.takeNotes().map(\.text)
      #expect(try reader.takeNotes() == [])
      return notes
    }
  }

  private let said = "holds whole numbers that float32 cannot hold: 16777217 "

  @Test func tablesBehindTheSample() throws {
    let rows = (0..<1500).map { "a,\($0 == 1200 ? "16777217" : "1"),\(($0 * 7) % 5)\n" }
    #expect(
      try notes("s.csv", ("id,v,w\n" + rows.joined()).utf8) == ["column \"v\" \(said)in line 1202 is 16777216 there"])
    let options = TableOptions(features: ["v"], target: ["y"], targetKind: .valuesPerTimestep)
    #expect(
      try notes("s.csv", "id,v,y\na,1,-16777219\na,1,5\n".utf8, options: options) == [
        "column \"y\" holds whole numbers that float32 cannot hold: -16777219 in line 2 is -16777220 there"
      ])
    #expect(try notes("s.csv", "id,v\na,16777216\na,5\na,16777218\n".utf8) == [])
  }

  @Test func jsonLines() throws {
    #expect(
      try notes("s.jsonl", "{\"features\": [[1], [16777217]]}\n{\"features\": [[16777217]]}\n".utf8) == [
        said + "in line 1 is 16777216 there"
      ])
    #expect(try notes("s.jsonl", "{\"features\": [[1], [16777216]]}\n".utf8) == [])
  }

  @Test func timeSeries() throws {
    let header = "@problemName p\n@timeStamps false\n@univariate true\n@classLabel true u v\n@data\n"
    #expect(try notes("s.ts", (header + "1,16777217:u\n").utf8) == ["dimension 1 \(said)in line 6 is 16777216 there"])
  }

  @Test func arrays() throws {
    for (type, bytes) in [
      ("'<i8'", little([1, 2, 3, 16_777_217] as [Int64])), ("'<u8'", little([1, 2, 3, 16_777_217] as [UInt64])),
      ("'<i4'", little([1, 2, 3, 16_777_217] as [Int32])), ("'<f8'", little([1, 2, 3, 16_777_217] as [Double])),
    ] {
      let file = try archive([("x.npy", npy(type, "(2, 2)", bytes))])
      #expect(try notes("s.npz", file) == ["array \"x\" \(said)is 16777216 there"], "\(type)")
    }
    let floats = little([0.1, 16_777_217.5, 1e30, 3] as [Double])
    #expect(try notes("s.npz", archive([("x.npy", npy("'<f8'", "(2, 2)", floats))])) == [])
  }

  @Test func wholeTargetsOfFloatingPointAreSaidToBeValues() throws {
    let x = ("x.npy", npy("'<f4'", "(2, 2)", little([1, 2, 3, 4] as [Float])))
    let whole = try archive([x, ("y.npy", npy("'<f8'", "(2,)", little([1, 0] as [Double])))])
    #expect(
      try notes("s.npz", whole) == [
        "array \"y\" holds whole numbers as floating point and was taken for values; saved as whole numbers (astype(int)) it "
          + "is taken for classes"
      ])
    #expect(try notes("s.npz", whole, options: NPZOptions(targetKind: .valuesPerSequence)) == [])
    let real = try archive([x, ("y.npy", npy("'<f8'", "(2,)", little([1, 0.5] as [Double])))])
    #expect(try notes("s.npz", real) == [])
  }
}
