import Foundation
import RaggedCore
import Testing

/// What stands on the disk while a file is written, and after it.
@Suite struct AtomicFileTests {
  @Test func aMissingFolderIsNamedWithTheSystemsReason() throws {
    let folder = try FileFolder()
    let path = folder.file("none/a.npy")
    let error = #expect(throws: WriterError.self) { try AtomicFile.write([1], to: path) }
    #expect(error?.message == "\(path): cannot create: No such file or directory")
    #expect(error?.failureClass == .cannotCreate)
  }

  @Test func aFolderInPlaceOfTheFileStaysAsItIs() throws {
    let folder = try FileFolder()
    let path = folder.file("a.npz")
    try FileManager.default.createDirectory(atPath: path + "/inside", withIntermediateDirectories: true)
    let error = #expect(throws: WriterError.self) { try AtomicFile.write([1], to: path) }
    #expect(error?.message == "\(path): cannot write: Is a directory")
    #expect(error?.failureClass == .cannotCreate)
    #expect(folder.names == ["a.npz"])
  }

  #if os(Linux)
    @Test func aFullDiskIsNamedWithTheSystemsReasonAndADeviceIsWrittenInPlace() throws {
      let error = #expect(throws: WriterError.self) {
        try AtomicFile.write([UInt8](repeating: 1, count: 10), to: "/dev/full")
      }
      #expect(error?.message == "/dev/full: cannot write: No space left on device")
      #expect(error?.failureClass == .inputOutput)
      try AtomicFile.write([1], to: "/dev/null")
      #expect(AtomicFile.isSpecial("/dev/null"))
    }
  #endif

  @Test func committingReplacesAnOlderFile() throws {
    let folder = try FileFolder()
    for text in ["old and longer", "new"] { try AtomicFile.write(Array(text.utf8), to: folder.file("a")) }
    #expect(try folder.text("a") == "new")
    #expect(folder.names == ["a"])
  }

  @Test func whatIsNotCommittedLeavesTheOldFileAndNothingElse() throws {
    let folder = try FileFolder()
    try AtomicFile.write(Array("old".utf8), to: folder.file("a"))
    do {
      let file = try AtomicFile(path: folder.file("a"))
      try Array("half".utf8).withUnsafeBytes(file.write)
      #expect(folder.names.count == 2)
    }
    #expect(folder.names == ["a"])
    #expect(try folder.text("a") == "old")
  }

  @Test(arguments: [0o600, 0o640, 0o755, 0o444] as [mode_t])
  func aFileKeepsItsPermissions(_ mode: mode_t) throws {
    let folder = try FileFolder()
    let path = folder.file("a")
    try AtomicFile.write(Array("old".utf8), to: path)
    try #require(chmod(path, mode) == 0)
    try AtomicFile.write(Array("new".utf8), to: path)
    #expect(try folder.status("a").st_mode & 0o7777 == mode)
    #expect(try folder.text("a") == "new")
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give files away")) func aFileKeepsItsOwner() throws {
    let folder = try FileFolder()
    let path = folder.file("a")
    try AtomicFile.write(Array("old".utf8), to: path)
    try #require(chown(path, 65534, 65533) == 0 && chmod(path, 0o600) == 0)
    try AtomicFile.write(Array("new".utf8), to: path)
    let status = try folder.status("a")
    #expect(status.st_uid == 65534 && status.st_gid == 65533 && status.st_mode & 0o7777 == 0o600)
  }

  /// Links to a file in another folder, to a link, and to a file that is not there yet.
  @Test func aLinkIsFollowed() throws {
    let folder = try FileFolder()
    try FileManager.default.createDirectory(atPath: folder.file("data"), withIntermediateDirectories: true)
    try AtomicFile.write(Array("old".utf8), to: folder.file("data/a"))
    for (link, target) in [("b", "data/a"), ("c", "b"), ("d", "data/new"), ("e", folder.file("data/a"))] {
      try FileManager.default.createSymbolicLink(atPath: folder.file(link), withDestinationPath: target)
      try AtomicFile.write(Array(link.utf8), to: folder.file(link))
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.file(link)) == target)
      #expect(try folder.text(link == "d" ? "data/new" : "data/a") == link)
    }
    #expect(folder.names == ["b", "c", "d", "data", "e"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("data")).sorted() == ["a", "new"])
  }

  @Test func linksThatLeadRoundInACircleAreAnError() throws {
    let folder = try FileFolder()
    try FileManager.default.createSymbolicLink(atPath: folder.file("a"), withDestinationPath: "b")
    try FileManager.default.createSymbolicLink(atPath: folder.file("b"), withDestinationPath: "a")
    let error = #expect(throws: WriterError.self) { try AtomicFile.write([1], to: folder.file("a")) }
    #expect(error?.failureClass == .cannotCreate)
  }

  @Test func aNameAsLongAsTheSystemAllowsIsWritten() throws {
    let folder = try FileFolder()
    let name = String(repeating: "é", count: 127)
    try AtomicFile.write([1], to: folder.file(name))
    #expect(folder.names == [name])
  }

  @Test func whatAKilledProcessLeftIsRemovedAndWhatALivingOneWritesIsNot() throws {
    let folder = try FileFolder()
    let orphan = "a.csv.ragged-0123456789abc.part"
    let others = ["a.part", "b.ragged-.part", "c.ragged-ABC.part", "d.ragged-abc.partial"]
    for name in others + [orphan] { try Data().write(to: URL(filePath: folder.file(name))) }
    let living = try AtomicFile(path: folder.file("b.csv"))
    let second = try AtomicFile(path: folder.file("c.csv"))
    #expect(folder.names.filter { $0.hasSuffix(".part") && !others.contains($0) }.count == 2)
    #expect(!folder.names.contains(orphan))
    #expect(Set(others).isSubset(of: folder.names))
    try living.commit()
    try second.commit()
    #expect(folder.names == (others + ["b.csv", "c.csv"]).sorted())
  }
}

/// A folder for one test, removed with it.
private final class FileFolder {
  let path = NSTemporaryDirectory() + "ragged-file-" + UUID().uuidString

  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  func text(_ name: String) throws -> String { try String(contentsOfFile: file(name), encoding: .utf8) }

  func status(_ name: String) throws -> stat {
    var status = stat()
    try #require(lstat(file(name), &status) == 0)
    return status
  }

  var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }
}
