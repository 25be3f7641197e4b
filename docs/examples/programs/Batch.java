// SPDX-License-Identifier: GPL-2.0-only
// Adds the numbers of the input in as many threads as there are CPUs, and says what it takes the machine for.
// A single file: "java Batch.java" compiles it in memory. Who calls it often makes a class of it.
import java.util.Scanner;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

public class Batch {
	public static void main(String[] args) throws Exception {
		Runtime machine = Runtime.getRuntime();
		ExecutorService threads = Executors.newFixedThreadPool(8);
		AtomicLong sum = new AtomicLong();
		try (Scanner input = new Scanner(System.in)) {
			while (input.hasNextLong()) {
				long number = input.nextLong();
				threads.submit(() -> sum.addAndGet(number));
			}
		}
		threads.close();
		System.out.printf("sum %d, %d CPUs, heap of %d MB%n", sum.get(), machine.availableProcessors(),
			machine.maxMemory() >> 20);
	}
}
