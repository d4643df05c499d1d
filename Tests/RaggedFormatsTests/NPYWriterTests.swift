import Foundation
import RaggedCore
import Testing

@testable import RaggedFormats

@Suite struct NPYWriterTests {
  static let examples: [NPYArray] = [
    NPYArray(shape: [2, 3], .float32([0, -0.0, 1.5, .pi, .leastNonzeroMagnitude, .greatestFiniteMagnitude])),
    NPYArray(shape: [4], .int32([0, -1, .min, .max])),
    NPYArray(shape: [2, 1, 2], .int64([0, -1, .min, .max])),
    NPYArray(shape: [3], .bool([true, false, true])),
    NPYArray(shape: [], .float32([7])),
    NPYArray(shape: [0], .int64([])),
    NPYArray(shape: [3, 0, 5], .float32([])),
  ]

  @Test(arguments: examples) func elementsBeginAtAMultipleOf64(array: NPYArray) throws {
    let header = array.header
    #expect(header.count % 64 == 0)
    #expect(header.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0]))
    #expect(Int(header[8]) + Int(header[9]) << 8 == header.count - 10)
    #expect(header.last == UInt8(ascii: "\n"))
  }

  @Test func headersAreAsNumpyDocumentsThem() {
    func text(_ array: NPYArray) -> String {
      String(decoding: array.header.dropFirst(10), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
    #expect(text(Self.examples[0]) == "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }")
    #expect(text(Self.examples[1]) == "{'descr': '<i4', 'fortran_order': False, 'shape': (4,), }")
    #expect(text(Self.examples[2]) == "{'descr': '<i8', 'fortran_order': False, 'shape': (2, 1, 2), }")
    #expect(text(Self.examples[3]) == "{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }")
    #expect(text(Self.examples[4]) == "{'descr': '<f4', 'fortran_order': False, 'shape': (), }")
  }

  @Test func aFileHoldsHeaderAndElements() throws {
    let folder = try WriterFolder()
    try NPYWriter.write(NPYArray(shape: [2], .int32([1, 0x0203])), to: folder.file("a.npy"))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file("a.npy")))
    #expect(Array(bytes.suffix(8)) == [1, 0, 0, 0, 3, 2, 0, 0])
    #expect(bytes.count == 128 + 8 || bytes.count == 64 + 8)
    #expect(folder.names == ["a.npy"])
  }

  @Test(.enabled(if: NumpyPython.isInstalled, "needs python3 with numpy"))
  func numpyReadsEveryTypeAndShape() throws {
    let folder = try WriterFolder()
    for (index, array) in Self.examples.enumerated() {
      try NPYWriter.write(array, to: folder.file("\(index).npy"))
    }
    let script = """
      import numpy, sys
      for i in range(7):
        a = numpy.load(sys.argv[1] + '/%d.npy' % i)
        print(a.dtype, a.shape, a.tobytes().hex())
      """
    func hex(_ array: NPYArray) -> String {
      array.elements.withUnsafeBytes { $0.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
    }
    let shapes = [
      "float32 (2, 3)", "int32 (4,)", "int64 (2, 1, 2)", "bool (3,)", "float32 ()", "int64 (0,)", "float32 (3, 0, 5)",
    ]
    let expected = zip(shapes, Self.examples).map { "\($0) \(hex($1))" }
    let printed = try NumpyPython.run(script, [folder.path]).split(separator: "\n").map(String.init)
    #expect(printed == expected)
  }
}
