import Foundation
import RaggedExchange
import RaggedTraining
import Testing

/// Files by hand: the format is a length, a JSON text and numbers.
@Suite struct SafetensorsFileTests {
  /// A file of this header; `count` bytes 0, 1, 2, … follow.
  static func file(_ header: String, bytes count: Int = 16, length: UInt64? = nil) -> Data {
    let text = Array(header.utf8)
    return Data(withUnsafeBytes(of: (length ?? UInt64(text.count)).littleEndian) { Array($0) } + text)
      + Data((0..<count).map { UInt8($0) })
  }

  @Test func aFileByHandIsRead() throws {
    let header =
      #"{"__metadata__":{"k":"v"},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},"#
      + #""a":{"dtype":"BF16","shape":[1,2],"data_offsets":[0,4]},"c":{"dtype":"F16","shape":[2],"data_offsets":[12,16]},"#
      + #""none":{"dtype":"F64","shape":[0,3],"data_offsets":[16,16]}}   "#
    var data = SafetensorsFileTests.file(header, bytes: 0)
    data += Data([0x80, 0x3f, 0x40, 0xc0])  // bfloat16 1 and -3
    data += Data([0, 0, 0xc0, 0x3f, 0, 0, 0x80, 0x7f])  // 1.5 and infinity
    data += Data([0x01, 0x00, 0x00, 0xc5])  // half 2^-24 and -5
    let file = try SafetensorsFile(data)
    #expect(file.metadata == ["k": "v"])
    func values(_ name: String) throws -> [Float] { try file.floats(of: #require(file.tensors[name])) }
    #expect(try values("a") == [1, -3])
    #expect(try values("b") == [1.5, .infinity])
    #expect(try values("c") == [0x1p-24, -5])
    #expect(try values("none") == [])
    #expect(file.tensors["a"]?.shape == [1, 2])
  }

  @Test func theWritersBytesAreThoseOfTheFormat() throws {
    let folder = try Folder()
    let path = folder.file("m.safetensors")
    try SafetensorsWriter.write(
      [WeightTensor(name: "w", shape: [1, 2], values: [1, -2]), WeightTensor(name: "b", shape: [1], values: [0.5])],
      metadata: ["k": "v"], to: path)
    let text =
      #"{"__metadata__":{"format":"pt","k":"v"},"b":{"data_offsets":[8,12],"dtype":"F32","shape":[1]},"#
      + #""w":{"data_offsets":[0,8],"dtype":"F32","shape":[1,2]}}"#
    let padded = text + String(repeating: " ", count: (8 - text.utf8.count % 8) % 8)
    let numbers: [UInt8] = [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0, 0x3f]
    #expect(try bytes(of: path) == [UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(padded.utf8) + numbers)
  }

  @Test(arguments: [
    (
      #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,12]}}"#,
      #"tensor "a" has 12 bytes, its type F32 and shape [4] need 16"#
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,32]}}"#,
      #"tensor "a" lies at bytes [0, 32] of the 16 that follow the header, expected a beginning and an end"#
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[16,0]}}"#,
      #"tensor "a" lies at bytes [16, 0] of the 16 that follow the header, expected a beginning and an end"#
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0]}}"#,
      #"tensor "a" lies at bytes [0] of the 16 that follow the header, expected a beginning and an end"#
    ),
    (
      #"{"a":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}}"#,
      #"tensor "a" has the shape [-4], which no file can hold"#
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,16]}}"#,
      #"tensor "a" has the shape [4294967296, 4294967296], which no file can hold"#
    ),
    (
      #"{"a":{"dtype":"F31","shape":[4],"data_offsets":[0,16]}}"#,
      #"tensor "a" has type "F31", which the format does not know"#
    ),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[3],"data_offsets":[4,16]}}"#,
      #"tensor "b" begins at byte 4, within "a", which ends at 8"#
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#,
      #"tensor "b" begins at byte 8, and bytes 4..<8 belong to no tensor"#
    ),
    (
      #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#,
      "the tensors end at byte 12 of the 16 that follow the header"
    ),
    (
      #"{"a":{"dtype":"F32","shape":4,"data_offsets":[0,16]}}"#,
      #"the header says no shape of tensor "a" that could be understood"#
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1e99],"data_offsets":[0,16]}}"#,
      #"tensor "a" has the shape [1e+99] at bytes [0.0, 16.0], expected whole numbers"#
    ),
    (
      #"{"a":{"shape":[4],"data_offsets":[0,16]}}"#, #"the header says no dtype of tensor "a" that could be understood"#
    ),
    (#"{"a":7}"#, #"the header says no dtype, shape and data_offsets of tensor "a" that could be understood"#),
    (#"{"__metadata__":{"k":1}}"#, "the header's metadata are not texts by name"),
    ("[]", "the header is no JSON object, or holds a number that is too large"),
    ("{", "the header is no JSON object, or holds a number that is too large"),
  ])
  func everyLieIsTold(_ header: String, _ expected: String) {
    #expect(message { _ = try SafetensorsFile(SafetensorsFileTests.file(header)) } == expected)
  }

  @Test func aFalseLengthIsTold() {
    #expect(
      message { _ = try SafetensorsFile(Data([1, 2, 3])) }
        == "3 bytes are no safetensors file, which begins with the 8 of its header's length")
    for length in [UInt64(19), .max, 1 << 62] {
      #expect(
        message { _ = try SafetensorsFile(SafetensorsFileTests.file("{}", length: length)) }
          == "no safetensors file, or cut short: it begins with a header's length of \(length) bytes, and has 18 after that "
          + "number")
    }
  }

  @Test func whatIsNoRealNumberIsRefused() throws {
    let file = try SafetensorsFile(
      SafetensorsFileTests.file(#"{"a":{"dtype":"I64","shape":[2],"data_offsets":[0,16]}}"#))
    #expect(
      message { _ = try file.floats(of: #require(file.tensors["a"])) }
        == #"tensor "a" has type I64, expected F32, F16, BF16 or F64"#)
  }
}
