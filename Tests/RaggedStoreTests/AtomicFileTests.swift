import Foundation
import RaggedCore
import Testing

@testable import RaggedStore

@Suite struct AtomicFileTests {
  @Test func aMissingFolderIsNamedWithTheSystemsReason() throws {
    let folder = try WriterFolder()
    let path = folder.file("none/a.npy")
    let error = #expect(throws: WriterError.self) { try NPYWriter.write(NPYArray(shape: [0], .bool([])), to: path) }
    #expect(error?.message == "\(path): cannot create: No such file or directory")
    #expect(error?.failureClass == .cannotCreate)
  }

  @Test func aFolderInPlaceOfTheFileStaysAsItIs() throws {
    let folder = try WriterFolder()
    let path = folder.file("a.npz")
    try FileManager.default.createDirectory(atPath: path + "/inside", withIntermediateDirectories: true)
    let error = #expect(throws: WriterError.self) { try NPZWriter.write([], to: path) }
    #expect(error?.message == "\(path): cannot write: Is a directory")
    #expect(error?.failureClass == .cannotCreate)
    #expect(folder.names == ["a.npz"])
  }

  #if os(Linux)
    @Test func aFullDiskIsNamedWithTheSystemsReason() throws {
      let full = open("/dev/full", O_WRONLY)
      try #require(full >= 0)
      defer { close(full) }
      let error = #expect(throws: WriterError.self) {
        try [UInt8](repeating: 1, count: 10).withUnsafeBytes { try AtomicFile.write($0, to: full, path: "a.npz") }
      }
      #expect(error?.message == "a.npz: cannot write: No space left on device")
      #expect(error?.failureClass == .inputOutput)
    }
  #endif

  @Test func committingReplacesAnOlderFile() throws {
    let folder = try WriterFolder()
    for text in ["old and longer", "new"] {
      let file = try AtomicFile(path: folder.file("a"))
      try Array(text.utf8).withUnsafeBytes(file.write)
      try file.commit()
    }
    #expect(try String(contentsOfFile: folder.file("a"), encoding: .utf8) == "new")
    #expect(folder.names == ["a"])
  }
}
