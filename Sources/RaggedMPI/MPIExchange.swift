#if MPI
  import CMPI
  import Foundation
  import RaggedCore
  public import RaggedTraining
  import Synchronization

  /// Ranks that MPI joins: the processes of one `mpirun`.
  ///
  /// MPI hands bytes over; what is added, and in which order, is the library's. So results do not depend on the MPI, and
  /// any that has MPI 3's calls will do (Open MPI, MPICH and its kin).
  ///
  /// While a rank waits it looks for notes of ranks that had an error, and whether the processes of its own machine are
  /// still there; a rank that is silent for longer than ``patience`` is taken for lost.
  ///
  /// Calls come from one thread at a time: the trainer's.
  public final class MPIExchange: GradientExchange {
    /// This process's number among them, from 0.
    public let rank: Int
    /// The number of processes.
    public let worldSize: Int
    /// What each rank brings to a step.
    public let division: BatchDivision
    /// The longest wait for another rank.
    public let patience: Duration
    private let notes = Mutex<[Int: RankError]>([:])
    /// The processes of the other ranks on this machine.
    private let neighbours: Mutex<[Int: pid_t]>
    /// Whether the wait for the others has no end.
    private let isPatient = Atomic(false)
    /// When the others were last looked at; held while they are.
    private let lastLook = Mutex(ContinuousClock.now)

    /// The kinds of message.
    private enum Tag {
      static let numbers: Int32 = 1
      static let note: Int32 = 2
    }

    /// The ranks of this process's launcher, of which there are as many as it has started; one, without MPI, where there is
    /// none. To be called once, before the first step.
    ///
    /// At the process's exit the ranks part: those that still wait for this one are told.
    /// - Parameters:
    ///   - division: what each rank brings to a step.
    ///   - patience: the longest wait for another rank; beyond the longest step, validation or checkpoint. nil takes the
    ///     seconds that the environment's `RAGGED_RANK_PATIENCE` names, or else 600.
    /// - Throws: ``RankError`` where MPI cannot be begun.
    public static func world(
      division: BatchDivision = .shares, patience: Duration? = nil
    ) throws -> any GradientExchange {
      guard let place = RankPlace.current, place.worldSize > 1 else { return LocalExchange() }
      let named = ProcessInfo.processInfo.environment["RAGGED_RANK_PATIENCE"]
      let seconds = named.flatMap(Double.init) ?? 600
      guard seconds > 0, seconds < 1e9 else {
        throw RankError(
          rank: place.rank, "RAGGED_RANK_PATIENCE is \(named ?? ""), expected a number of seconds above 0", .usage)
      }
      let exchange = try MPIExchange(division: division, patience: patience ?? .seconds(seconds), place: place)
      MPIFarewell.exchange.withLock { $0 = exchange }
      atexit { MPIFarewell.part() }
      return exchange
    }

    private init(division: BatchDivision, patience: Duration, place: RankPlace) throws {
      func check(_ code: Int32) throws {
        guard code != ragged_mpi_success else { return }
        throw RankError(rank: place.rank, "MPI cannot be begun: \(Self.text(code))", .software)
      }
      if ragged_mpi_is_joined() == 0 {
        var allowsThreads: Int32 = 0
        try check(ragged_mpi_join(&allowsThreads))
        guard allowsThreads != 0 else {
          throw RankError(
            rank: place.rank, "this MPI allows calls from one thread alone, expected MPI_THREAD_SERIALIZED", .software)
        }
      }
      var (rank, size): (Int32, Int32) = (0, 0)
      try check(ragged_mpi_rank(&rank))
      try check(ragged_mpi_size(&size))
      guard size == place.worldSize else {
        throw RankError(
          rank: place.rank,
          "the launcher started \(place.worldSize) ranks, and MPI knows of \(size): it is another MPI than ragged was "
            + "built with", .usage)
      }
      (self.rank, worldSize) = (Int(rank), Int(size))
      (self.division, self.patience) = (division, patience)
      neighbours = Mutex([:])
      let places = try gather(Array("\(ProcessInfo.processInfo.processIdentifier) \(Self.machine)".utf8)).map {
        String(decoding: $0, as: UTF8.self).split(separator: " ", maxSplits: 1).map(String.init)
      }
      for (other, place) in places.enumerated()
      where other != self.rank && place.count == 2 && place[1] == Self.machine {
        if let process = pid_t(place[0]) { neighbours.withLock { $0[other] = process } }
      }
    }

    /// What tells machines, and containers with processes of their own, apart.
    private static var machine: String {
      let space = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
      return "\(ProcessInfo.processInfo.hostName) \(space ?? "")"
    }

    /// Hands bytes to another rank.
    public func send(_ bytes: UnsafeRawBufferPointer, to rank: Int) throws {
      var message = ragged_mpi_message()
      try check(
        ragged_mpi_begin_send(bytes.baseAddress, Int32(bytes.count), Int32(rank), Tag.numbers, &message), rank)
      try wait(for: &message, with: rank)
    }

    /// Waits for bytes of another rank.
    public func receive(into bytes: UnsafeMutableRawBufferPointer, from rank: Int) throws {
      var message = ragged_mpi_message()
      try check(
        ragged_mpi_begin_receive(bytes.baseAddress, Int32(bytes.count), Int32(rank), Tag.numbers, &message), rank)
      do { try wait(for: &message, with: rank) } catch {
        ragged_mpi_give_up(&message)
        throw error
      }
    }

    /// Returns when a message is done. It looks without pause at first: an answer within a step takes microseconds.
    private func wait(for message: inout ragged_mpi_message, with other: Int) throws {
      var isDone: Int32 = 0
      for _ in 0..<200 {
        try check(ragged_mpi_test(&message, &isDone), other)
        if isDone != 0 { return }
      }
      let start = ContinuousClock.now
      var look = start + .milliseconds(5)
      while true {
        try check(ragged_mpi_test(&message, &isDone), other)
        if isDone != 0 { return }
        let now = ContinuousClock.now
        if now - start < .milliseconds(2) { sched_yield() } else { usleep(50) }
        guard now >= look else { continue }
        look = now + .milliseconds(20)
        try lookForTrouble()
        guard isPatient.load(ordering: .relaxed) || now - start < patience else {
          throw RankError(
            rank: other, "rank \(other) has been silent for \(patience.components.seconds) s", .inputOutput,
            isReported: false)
        }
      }
    }

    /// Looks whether another rank has told of an error or is gone, fifty times a second at most.
    public func checkOthers() throws {
      try lastLook.withLock { last in
        let now = ContinuousClock.now
        guard now - last >= .milliseconds(20) else { return }
        last = now
        try lookForTrouble()
      }
    }

    /// Waits for the others without ``patience``; those that are gone, or tell of an error, end the wait even so.
    public func waitingForLong<Value>(_ body: () throws -> Value) rethrows -> Value {
      isPatient.store(true, ordering: .relaxed)
      defer { isPatient.store(false, ordering: .relaxed) }
      return try body()
    }

    /// - Throws: the failure of a rank that has told of one, or that is gone.
    private func lookForTrouble() throws {
      try takeNotes()
      if let note = notes.withLock({ notes in notes.keys.min().flatMap { notes[$0] } }) { throw note }
      for (other, process) in neighbours.withLock({ $0 }) where kill(process, 0) != 0 && errno == ESRCH {
        // Its last words may still be there.
        try takeNotes()
        if let note = notes.withLock({ $0[other] }) { throw note }
        neighbours.withLock { $0[other] = nil }
        throw RankError(
          rank: other, "rank \(other) is gone: its process (\(process)) was killed or crashed", .inputOutput,
          isReported: false)
      }
    }

    private func takeNotes() throws {
      while true {
        var (found, rank, count): (Int32, Int32, Int32) = (0, 0, 0)
        try check(ragged_mpi_probe(Tag.note, &found, &rank, &count), Int(rank))
        guard found != 0 else { return }
        var bytes = [UInt8](repeating: 0, count: Int(count))
        var message = ragged_mpi_message()
        try check(ragged_mpi_begin_receive(&bytes, count, rank, Tag.note, &message), Int(rank))
        var isDone: Int32 = 0
        while isDone == 0 { try check(ragged_mpi_test(&message, &isDone), Int(rank)) }
        let note = try? JSONDecoder().decode(RankError.self, from: Data(bytes))
        notes.withLock {
          $0[Int(rank)] =
            note ?? RankError(rank: Int(rank), "rank \(rank) has ended", .software, isReported: false)
        }
      }
    }

    /// Tells the others of an error, and looks whether one before had one too: at most two seconds.
    public func abandon(_ failure: RankError) -> RankError {
      MPIFarewell.isSaid.store(true, ordering: .relaxed)
      MPIFarewell.status.store(failure.failureClass.rawValue, ordering: .relaxed)
      if !failure.isReported { MPIFarewell.isLost.store(true, ordering: .relaxed) }
      tell(failure)
      guard failure.rank == rank else { return failure }
      // What goes wrong on all ranks, such as a loss that diverges, is reported by the first.
      let end = ContinuousClock.now + .seconds(2)
      while ContinuousClock.now < end {
        guard (try? takeNotes()) != nil else { break }
        let notes = notes.withLock { $0 }
        for other in 0..<rank {
          if let note = notes[other], note.rank == other { return note }
        }
        if (0..<rank).allSatisfy({ notes[$0] != nil }) { break }
        usleep(200)
      }
      return failure
    }

    /// Sends a note to all others, as far as they take it.
    private func tell(_ failure: RankError) {
      guard let bytes = try? [UInt8](JSONEncoder().encode(failure)) else { return }
      // It stays where it is: a rank may take it when this call is over.
      let kept = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
      kept.copyBytes(from: bytes)
      var messages: [ragged_mpi_message] = []
      for other in 0..<worldSize where other != rank && !(other == failure.rank && !failure.isReported) {
        var message = ragged_mpi_message()
        let code = ragged_mpi_begin_send(kept.baseAddress, Int32(kept.count), Int32(other), Tag.note, &message)
        if code == ragged_mpi_success { messages.append(message) }
      }
      let end = ContinuousClock.now + .milliseconds(500)
      while !messages.isEmpty, ContinuousClock.now < end {
        messages = messages.compactMap { message in
          var (message, isDone): (ragged_mpi_message, Int32) = (message, 0)
          return ragged_mpi_test(&message, &isDone) == ragged_mpi_success && isDone == 0 ? message : nil
        }
      }
    }

    /// Says that this rank has done its part: at its exit nobody waits for it any more.
    public func finish() { MPIFarewell.isSaid.store(true, ordering: .relaxed) }

    private func check(_ code: Int32, _ other: Int) throws {
      guard code != ragged_mpi_success else { return }
      throw RankError(
        rank: other, "rank \(other) cannot be reached: \(Self.text(code))", .inputOutput, isReported: false)
    }

    private static func text(_ code: Int32) -> String {
      var bytes = [CChar](repeating: 0, count: ragged_mpi_text_size)
      ragged_mpi_text(code, &bytes)
      return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// What a rank that ends without a word leaves behind.
    fileprivate func tellOfTheEnd() {
      tell(RankError(rank: rank, "rank \(rank) has ended", .software, isReported: true))
    }
  }

  /// How a process parts from the others when it ends.
  private enum MPIFarewell {
    static let exchange = Mutex<MPIExchange?>(nil)
    /// Whether the others need not be told.
    static let isSaid = Atomic(false)
    /// Whether a rank is gone, for which MPI would wait.
    static let isLost = Atomic(false)
    static let status = Atomic<Int32>(FailureClass.software.rawValue)

    static func part() {
      guard let exchange = exchange.withLock({ $0 }) else { return }
      // The launcher ends all once one has ended with a fault.
      for number in [SIGTERM, SIGINT, SIGHUP] { signal(number, SIG_IGN) }
      if !isSaid.load(ordering: .relaxed) { exchange.tellOfTheEnd() }
      if isLost.load(ordering: .relaxed) { _exit(status.load(ordering: .relaxed)) }
      // A rank that never comes is not waited for.
      Thread.detachNewThread {
        sleep(10)
        _exit(status.load(ordering: .relaxed))
      }
      _ = ragged_mpi_leave()
    }
  }
#endif
